/*
 * prefetch.h - back-pressure: what is in hand, and how much more to claim.
 *
 * Pure but for memory. A worker claims ahead, so that its sender never waits:
 * up to twice what may be in flight, with PREFETCH_BYTES_MAX of bodies at most,
 * and PREFETCH_PER_WEBHOOK of one webhook.
 */
#ifndef POSTERN_PREFETCH_H
#define POSTERN_PREFETCH_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "delivery/attempt.h"
#include "delivery/scheduler.h"
#include "delivery/webhook_table.h"

/* In hand of one webhook, so that one with a backlog leaves room to others. */
#define PREFETCH_PER_WEBHOOK (4 * IN_FLIGHT_PER_WEBHOOK)

/*
 * A body is never longer: the data that postern.publish takes, and what is
 * around it.
 */
#define PREFETCH_BODY_MAX (264 * 1024)
#define PREFETCH_BYTES_MAX ((size_t)256 * PREFETCH_BODY_MAX) /* 66 MiB */

struct prefetch {
	struct webhook_table *webhooks; /* active: in hand, of each webhook */
	size_t count, count_max;        /* attempts in hand */
	size_t room_min;                /* do not claim for less, while busy */
	size_t bytes, bytes_max;        /* of bodies in hand */
	size_t body_estimate;           /* bytes of one, as the last had */
};

/* False when memory is short. Pair with prefetch_clear. */
MUST_CHECK bool prefetch_init(struct prefetch *p, unsigned in_flight_max);
void prefetch_clear(struct prefetch *p);

/* These linked attempts are in hand. seen_bytes: of bodies left out, too. */
void prefetch_add(struct prefetch *p, const struct attempt *first,
    size_t seen_bytes);

/* This one is not any longer. */
void prefetch_remove(struct prefetch *p, const struct attempt *a);

/* So many more may be claimed. */
size_t prefetch_room(const struct prefetch *p);

/* Is there room for so many that a claim is worth its while? */
bool prefetch_should_claim(const struct prefetch *p);

#endif
