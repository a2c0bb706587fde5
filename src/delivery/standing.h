/*
 * standing.h - remembers which webhooks answer, and which failed hard.
 *
 * It has a cache of fixed size for each; a webhook that is forgotten merely has
 * to prove itself again. Zeroed: nothing is known.
 */
#ifndef POSTERN_STANDING_H
#define POSTERN_STANDING_H

#include "delivery/attempt.h"

#define STANDING_SETS 4096 /* a power of two */
#define STANDING_WAYS 4    /* ids of the same set, the latest first */

/* A set-associative cache of webhook ids. */
struct standing_ids {
	unsigned char sets[STANDING_SETS][STANDING_WAYS][ID_BYTES];
};

struct standing {
	struct standing_ids proven; /* took its last delivery soon enough */
	struct standing_ids failed; /* its last attempt was a hard failure */
};

/* Set an attempt's probation and failing by what is known of its webhook. */
void standing_classify(struct standing *s, struct attempt *a);

/* Learn from an attempt that has ended. slow_ms: who takes longer is slow. */
void standing_update(struct standing *s, const struct attempt *a, int slow_ms);

#endif
