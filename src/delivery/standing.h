/*
 * standing.h - remembers which webhooks answer, and how many at once.
 *
 * It has caches of fixed size: which took their last delivery soon enough,
 * which failed hard, and the concurrency limit of those that have nothing in
 * hand. A webhook that is forgotten merely has to prove itself again, and to
 * begin with a low limit. Zeroed: nothing is known.
 */
#ifndef POSTERN_STANDING_H
#define POSTERN_STANDING_H

#include "delivery/attempt.h"
#include "delivery/concurrency_limit.h"

#define STANDING_SETS 4096 /* a power of two */
#define STANDING_LIMIT_SETS 1024
#define STANDING_WAYS 4 /* ids of the same set, the latest first */

/* A set-associative cache of webhook ids. */
struct standing_ids {
	unsigned char sets[STANDING_SETS][STANDING_WAYS][ID_BYTES];
};

struct standing_limit {
	unsigned char webhook[ID_BYTES];
	struct concurrency_limit limit;
};

struct standing_memory {
	struct standing_ids proven; /* took its last delivery soon enough */
	struct standing_ids failed; /* its last attempt was a hard failure */
	struct standing_limit limits[STANDING_LIMIT_SETS][STANDING_WAYS];
};

/* Set an attempt's probation and failing by what is known of its webhook. */
void standing_classify(struct standing_memory *s, struct attempt *a);

/* Learn from an attempt that has ended. slow_ms: who takes longer is slow. */
void standing_update(struct standing_memory *s, const struct attempt *a,
    int slow_ms);

/* A webhook has nothing in hand any longer; until it has, keep its limit. */
void standing_keep_limit(struct standing_memory *s,
    const unsigned char webhook[ID_BYTES], const struct concurrency_limit *l);

/* The limit of a webhook that is sent to again, or for the first time. */
void standing_find_limit(const struct standing_memory *s,
    const unsigned char webhook[ID_BYTES], long long now_ms,
    struct concurrency_limit *l);

#endif
