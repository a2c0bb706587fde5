/*
 * owing.h - the accounts that are owed more than could be claimed, in turn.
 *
 * Pure but for memory. A claim says which accounts have more in the database,
 * and the next claims visit these by turns, those that are new here first, as
 * FQ-CoDel has it (RFC 8290, section 4). One of which nothing could be taken
 * rests, longer each time, so that nobody spins. Of whoever has just begun a
 * claim takes few, so that it is short and finds others behind them; then twice
 * as many with each that took so many, beyond OWING_TURN_FAIR only while claims
 * are soon over, as for so long everybody waits. At most OWING_MAX are
 * remembered; whoever is forgotten is found again by a lap over the accounts
 * (claim_plan.h).
 */
#ifndef POSTERN_OWING_H
#define POSTERN_OWING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"
#include "common/id.h"

#define OWING_MAX 16384
#define OWING_REST_MIN_MS 10
#define OWING_REST_MAX_MS 320
#define OWING_NONE INT64_MAX
#define OWING_TURN_FIRST 8 /* what a claim takes of an account, at first */
#define OWING_TURN_FAIR 64
#define OWING_TURN_MAX 256
#define OWING_SOON_MS 10 /* if it takes twice as long, fewer are taken */

struct owing_account {
	unsigned char account[ID_BYTES];
	int64_t low; /* its fresh ones have higher ids; OWING_NONE: none */
	int64_t due; /* its backlogs are due then or later; OWING_NONE: none */
	unsigned turn; /* of who is visited: so many may be taken */
};

/* Accounts with room or without, as whoever claims sees it. */
struct owing_judge {
	bool (*may)(const unsigned char account[ID_BYTES], const void *arg);
	const void *arg;
};

struct owing;

/* NULL when memory is short. Pair with owing_close; NULL is fine. */
MUST_CHECK struct owing *owing_open(void);
void owing_close(struct owing *o);

size_t owing_count(const struct owing *o);

/* Forget all. */
void owing_forget(struct owing *o);

/*
 * Who is visited by the next claim, in this order: at most count_max, none that
 * rests, and only those that may. Returns how many.
 */
size_t owing_choose(struct owing *o, long long now_ms,
    const struct owing_judge *judge, struct owing_account *visits,
    size_t count_max);

/*
 * Some of those that are not visited though they have fresh ones, which come
 * before what is published to them now. Returns how many.
 */
size_t owing_list_others(const struct owing *o,
    unsigned char (*accounts)[ID_BYTES], size_t count_max);

/* Has this one fresh deliveries, and is not visited? */
bool owing_waits(const struct owing *o, const unsigned char account[ID_BYTES]);

/* Is this one visited? */
bool owing_visits(const struct owing *o, const unsigned char account[ID_BYTES]);

/* The claim took something of this account; true: which it visits. */
bool owing_served(struct owing *o, const unsigned char account[ID_BYTES]);

/* The claim saw that this account has more. */
void owing_note(struct owing *o, const struct owing_account *more);

/*
 * The claim, which began at began_ms, is over: who was visited and has not been
 * noted has nothing more.
 * When it was full, as it may not have come to all, those of which it took
 * nothing keep their turn.
 */
void owing_settle(struct owing *o, bool full, long long began_ms,
    long long now_ms);

/* The claim failed: all stay where they were. */
void owing_undo(struct owing *o);

/* When somebody who may could be visited next; LLONG_MAX: nobody. */
long long owing_wake_ms(const struct owing *o);

#endif
