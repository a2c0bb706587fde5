/*
 * upkeep.h - what a worker does now and then for the database.
 *
 * It takes back what lost workers held (leases past their visibility timeout),
 * makes and drops partitions, and gives up deliveries that are owed for longer
 * than the retention. Every worker does; the database sees to it that they do
 * not do it twice.
 */
#ifndef POSTERN_UPKEEP_H
#define POSTERN_UPKEEP_H

#include <stdbool.h>

#include "common/compiler.h"
#include "delivery/queue_db.h"

/* When each is due. Zeroed: all at once. */
struct upkeep {
	long long reclaim_ms, maintain_ms, expire_ms;
};

/* Do what is due. True: there may be something to claim because of it. */
MUST_CHECK bool upkeep_run(struct upkeep *u, struct queue_db *queue,
    long long now_ms);

#endif
