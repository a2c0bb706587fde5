/*
 * upkeep.h - what a worker does now and then for the database.
 *
 * It takes back what workers held that are gone, and leases past their
 * visibility timeout, makes and drops partitions, removes what is old, and does
 * what takes long, such as a replay. The last two go in steps that take a fifth
 * of the time at most. Every worker does all this; the database sees to it that
 * they do not do it twice.
 */
#ifndef POSTERN_UPKEEP_H
#define POSTERN_UPKEEP_H

#include <stdbool.h>

#include "common/compiler.h"
#include "delivery/queue_db.h"

/* When each is due. Zeroed: all at once. */
struct upkeep {
	long long reclaim_ms, maintain_ms, tidy_ms, work_ms;
};

/* When the next step is due. */
long long upkeep_step_ms(const struct upkeep *u);

/* Do what is due. True: there may be something to claim because of it. */
MUST_CHECK bool upkeep_run(struct upkeep *u, struct queue_db *queue,
    long long now_ms);

#endif
