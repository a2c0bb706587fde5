/*
 * limit_memory.h - remembers the concurrency limits of webhooks that are idle.
 *
 * A cache of fixed size, of those that had something in hand last. A webhook
 * that is forgotten merely begins with a low limit again. Zeroed: nothing is
 * known.
 */
#ifndef POSTERN_LIMIT_MEMORY_H
#define POSTERN_LIMIT_MEMORY_H

#include "common/id.h"
#include "delivery/concurrency_limit.h"

#define LIMIT_MEMORY_SETS 1024 /* a power of two */
#define LIMIT_MEMORY_WAYS 4    /* ids of the same set, the latest first */

struct limit_memory {
	struct {
		unsigned char webhook[ID_BYTES];
		struct concurrency_limit limit;
	} sets[LIMIT_MEMORY_SETS][LIMIT_MEMORY_WAYS];
};

/* A webhook has nothing in hand any longer; until it has, keep its limit. */
void limit_memory_keep(struct limit_memory *m,
    const unsigned char webhook[ID_BYTES], const struct concurrency_limit *l);

/* The limit of a webhook that is sent to again, or for the first time. */
void limit_memory_find(const struct limit_memory *m,
    const unsigned char webhook[ID_BYTES], long long now_ms,
    struct concurrency_limit *l);

#endif
