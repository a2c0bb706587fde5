/*
 * prefetch.h - back-pressure: what is in hand, and how much more to claim.
 *
 * Pure but for memory. A worker claims ahead, so that its sender never waits:
 * up to twice what may be in flight, with PREFETCH_BYTES_MAX of bodies at most;
 * of one webhook PREFETCH_PER_WEBHOOK, or what its concurrency limit calls for.
 * The last quarter of the bytes is for webhooks with less than two bodies of
 * the largest size in hand.
 */
#ifndef POSTERN_PREFETCH_H
#define POSTERN_PREFETCH_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "delivery/attempt.h"
#include "delivery/scheduler.h"
#include "delivery/webhook_table.h"

/* Of a webhook whose limit is not known, so that it leaves room to others. */
#define PREFETCH_PER_WEBHOOK 32
#define PREFETCH_FEW CONCURRENCY_INITIAL /* fewer need not be counted */

/*
 * A body is never longer: the data that postern.publish takes, and what is
 * around it.
 */
#define PREFETCH_BODY_MAX (264 * 1024)
#define PREFETCH_BYTES_MAX ((size_t)256 * PREFETCH_BODY_MAX) /* 66 MiB */
#define PREFETCH_SCARCE 2 /* bodies of one webhook while bytes are scarce */

struct prefetch {
	struct webhook_table *webhooks; /* in hand of each, as active; limit */
	size_t count, count_max;        /* attempts in hand */
	size_t room_min;                /* do not claim for less, while busy */
	size_t bytes, bytes_max;        /* of bodies in hand */
	size_t body_estimate;           /* bytes of one, as the last had */
};

/* So many bytes of bodies may be in hand. */
size_t prefetch_bytes_max(unsigned in_flight_max);

/* False when memory is short. Pair with prefetch_clear. */
MUST_CHECK bool prefetch_init(struct prefetch *p, unsigned in_flight_max);
void prefetch_clear(struct prefetch *p);

/* These linked attempts are in hand. seen_bytes: of bodies left out, too. */
void prefetch_add(struct prefetch *p, const struct attempt *first,
    size_t seen_bytes);

/* This one is not any longer, and says how many its webhook takes. */
void prefetch_remove(struct prefetch *p, const struct attempt *a);

/* So many more may be claimed. */
size_t prefetch_room(const struct prefetch *p);

/* So many may be claimed of a webhook that has none in hand. */
unsigned prefetch_each(const struct prefetch *p);

/*
 * So many more may be claimed of a webhook that has some in hand. False: as
 * of one that has none.
 */
bool prefetch_webhook_room(const struct prefetch *p,
    const struct webhook_entry *e, unsigned *room);

/* Is there room for so many that a claim is worth its while? */
bool prefetch_should_claim(const struct prefetch *p);

#endif
