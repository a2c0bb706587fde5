/*
 * drain.h - for how long a worker that stops waits for what is in flight.
 *
 * Pure. As long as an attempt usually may last; longer only if one may be in
 * flight whose webhook has a longer time-out, so that it need not be made
 * again.
 */
#ifndef POSTERN_DRAIN_H
#define POSTERN_DRAIN_H

#include "delivery/attempt.h"

#define DRAIN_MS 15000
#define DRAIN_MAX_MS 60000 /* the longest time-out */

struct drain {
	long long over_ms; /* what has a time-out of its own is over then */
};

/* These, linked, were claimed at_ms: so is since_ms of each then. */
void drain_note(struct drain *d, struct attempt *first, long long at_ms);

/* It is told to stop now: when it stops at the latest. */
long long drain_until(const struct drain *d, long long now_ms);

#endif
