/*
 * upkeep.h - what a worker does now and then for the database.
 *
 * It takes back what workers held that are gone, and leases past their
 * visibility timeout, makes and drops partitions, removes what is old, and does
 * what takes long, such as a replay. It has a thread and a connection of its
 * own, so that neither a slow step nor one that hangs delays a delivery. Every
 * worker does all this; the database sees to it that they do not do it twice.
 */
#ifndef POSTERN_UPKEEP_H
#define POSTERN_UPKEEP_H

#include <stdbool.h>

#include "common/compiler.h"

struct upkeep;

/* Start the thread. NULL, and logged, when something is short. */
MUST_CHECK struct upkeep *upkeep_open(const char *conninfo);

/* Let it do nothing more, and end what it does. Does not wait for it. */
void upkeep_stop(struct upkeep *u);

/* Stop it, and wait until it has. NULL is fine. */
void upkeep_close(struct upkeep *u);

/* Readable when there may be something to claim because of it. */
int upkeep_fd(const struct upkeep *u);

/* Was it, since the last call? Then it is so no longer. */
MUST_CHECK bool upkeep_take(struct upkeep *u);

#endif
