/*
 * prefetch.h - back-pressure: what is in hand, and how much more to claim.
 *
 * Pure but for memory. A worker claims ahead, so that its sender never waits:
 * up to twice what may be in flight and, beside that, an eighth of all for
 * accounts with fewer than two; with PREFETCH_BYTES_MAX of bodies at most, of
 * which the last eighth is for these. Both are divided among accounts as places
 * in flight are (share.h). Of webhooks that are not proven, and of those of
 * them that fail, no more are in hand than have places in flight: what waits
 * for such a place would wait for long, and keep out whoever has few. Of one
 * webhook there are PREFETCH_PER_WEBHOOK in hand, or what its concurrency limit
 * calls for; of one that is not proven no more than may be in flight, lest a
 * few of these that are slow take all the room that there is for such.
 */
#ifndef POSTERN_PREFETCH_H
#define POSTERN_PREFETCH_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "delivery/attempt.h"
#include "delivery/concurrency_limit.h"
#include "delivery/id_table.h"

/* Of a webhook whose limit is not known, so that it leaves room to others. */
#define PREFETCH_PER_WEBHOOK 32
#define PREFETCH_FEW CONCURRENCY_INITIAL /* fewer need not be counted */

/*
 * A body is never longer: the data that postern.publish takes, and what is
 * around it.
 */
#define PREFETCH_BODY_MAX (264 * 1024)
#define PREFETCH_BYTES_MAX ((size_t)256 * PREFETCH_BODY_MAX) /* 66 MiB */

#define PREFETCH_NEW 16 /* one part of so many is for what is new */

/* All, those not proven, and of these the failing. */
enum prefetch_class {
	PREFETCH_ALL,
	PREFETCH_SUSPECT,
	PREFETCH_FAILING,
	PREFETCH_CLASSES
};

struct prefetch_hand {
	size_t count; /* attempts */
	size_t bytes; /* of their bodies */
};

/* An account with some in hand. */
struct prefetch_account {
	struct id_entry entry;
	struct prefetch_hand hands[PREFETCH_CLASSES];
	float share;
};

/* A webhook with some in hand. */
struct prefetch_webhook {
	struct id_entry entry;
	unsigned count;
	unsigned limit; /* so many may be in flight; 0: not known */
	bool suspect;   /* it was not proven when the last was claimed */
	bool stalled;   /* its oldest has lasted too long */
};

struct prefetch {
	struct id_table *webhooks, *accounts;
	struct prefetch_hand hands[PREFETCH_CLASSES];
	struct prefetch_hand most[PREFETCH_CLASSES];
	size_t ample;         /* room for so many is worth a claim at once */
	size_t body_estimate; /* bytes of one, as the last had */
};

/* How many more may be claimed, by class. */
struct prefetch_rooms {
	unsigned of[PREFETCH_CLASSES];
};

/* So many bytes of bodies may be in hand. */
size_t prefetch_bytes_max(unsigned in_flight_max);

/* False when memory is short. Pair with prefetch_clear. */
MUST_CHECK bool prefetch_init(struct prefetch *p, unsigned in_flight_max);
void prefetch_clear(struct prefetch *p);

/*
 * These linked attempts are in hand; bodies beyond what their accounts may have
 * are left out, as how long they are was not known before. seen_bytes: of
 * bodies left out, too.
 */
void prefetch_add(struct prefetch *p, struct attempt *first, size_t seen_bytes);

/* This one is not any longer, and says how many its webhook takes. */
void prefetch_remove(struct prefetch *p, const struct attempt *a);

/*
 * So many more may be claimed in all: for whoever has room, while the last
 * eighth is free, and then that, for those with fewer than two. Never less than
 * a sixteenth before that.
 */
struct prefetch_rooms prefetch_rooms(const struct prefetch *p);

/*
 * So many but for the last part of so many, as of what has waited before: the
 * last PREFETCH_NEW is for what is new. Or accounts that are owed much would
 * fill what is for those with few, each at a moment when it has none in hand.
 */
struct prefetch_rooms prefetch_rooms_but(const struct prefetch *p,
    unsigned part);

/* So many of an account that has none in hand. */
struct prefetch_rooms prefetch_each_account(const struct prefetch *p);

/*
 * So many of one that has some. None, until a quarter of its limit is free, if
 * it has two or more: small claims for heavy accounts cost the others.
 */
struct prefetch_rooms prefetch_account_rooms(const struct prefetch *p,
    const struct prefetch_account *a);

/* May any be claimed of this account? */
bool prefetch_may_claim(const struct prefetch *p,
    const unsigned char account[ID_BYTES]);

/*
 * So many more may be claimed of a webhook that has some in hand. False: as
 * of one that has none.
 */
bool prefetch_webhook_room(const struct prefetch_webhook *w, unsigned *room);

/* Bytes of bodies for which there is room. */
size_t prefetch_bytes_left(const struct prefetch *p);

/* Is there room for so many that a claim is worth its while at once? */
bool prefetch_has_ample_room(const struct prefetch *p);

#endif
