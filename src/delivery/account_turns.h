/*
 * account_turns.h - whose turn it is: shares places among accounts.
 *
 * Pure but for memory. What is shared out is places, by what each account holds
 * now, because it is places that run out, and a receiver that hangs holds one
 * for a thousand times as long as one that answers.
 *
 * There are three pools, one inside the other: all places; half of them for
 * webhooks that are not proven; a quarter for those of these that are failing.
 * A request takes a place of its standing's pool and of those around it. In
 * each an account may hold what share.h says, and in an inner one no more than
 * three quarters of what it may hold in the one around it, or SHARE_FEW, so
 * that its own dead webhooks leave room to its good ones.
 *
 * Of the accounts that may have one more, the next is the one that holds the
 * least for its weight. That is progressive filling, which leads to max-min
 * fairness (Bertsekas and Gallager 1992, "Data networks", 6.5.2), and with
 * weights what Ghodsi et al. 2011 do for one resource ("Dominant resource
 * fairness"). Ties are all there is when there are more accounts than places,
 * and they are decided by start-time fair queueing (Goyal, Vin and Cheng 1996):
 * an account's tag rises by the time for which it has had places, divided by
 * its weight, and the lowest is next. Who had nothing ready for a while begins
 * ACCOUNT_TURN_CREDIT_MS before the others: so go the new flows of RFC 8290.
 * Each standing has its own tags: who has turns with good webhooks all the time
 * moves on where others wait for one of the few places of another pool, and who
 * came to those anew would be behind all that ever waited there.
 *
 * Accounts that are blocked cost nothing. Each account with something ready of
 * a standing is in a heap of those that were last seen to be blocked by the
 * same pool, with the one that holds least of that pool on top: if that one is
 * blocked still, so are all below it.
 */
#ifndef POSTERN_ACCOUNT_TURNS_H
#define POSTERN_ACCOUNT_TURNS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "common/share.h"
#include "delivery/attempt.h"

#define ACCOUNT_TURN_CREDIT_MS 1000

/* An account's; part of a struct of the user's, zeroed at first. */
struct account_turn {
	float weight;
	unsigned held[STANDING_COUNT]; /* places of each pool */

	/* the rest is not the user's */
	float order[STANDING_COUNT]; /* held, by weight */
	double tag[STANDING_COUNT];
	unsigned ready; /* a bit for each standing */
	struct {
		size_t pool, place; /* the heap, and where in it */
	} at[STANDING_COUNT];
};

struct account_turn_heap {
	struct account_turn **turns;
	size_t count;
};

/* Accounts with something ready of one standing. */
struct account_turn_line {
	double now;  /* the highest tag of who had a turn */
	double last; /* the highest of all */
	size_t waiting;
};

struct account_turns {
	struct share_pool pools[STANDING_COUNT];
	float unit[STANDING_COUNT]; /* what a weight of 1 may hold of each */
	struct account_turn_heap heaps[STANDING_COUNT][STANDING_COUNT];
	size_t room, accounts;
	struct account_turn_line lines[STANDING_COUNT];
};

/* With so many places. Pair with account_turns_clear, which accepts zeros. */
void account_turns_init(struct account_turns *t, size_t places);
void account_turns_clear(struct account_turns *t);

/*
 * An account more, or less, is used. It should stay until it may leave, so that
 * its tag is known when it comes again. False: memory is short.
 */
MUST_CHECK bool account_turns_join(struct account_turns *t,
    struct account_turn *a, float weight);
bool account_turns_may_leave(const struct account_turns *t,
    const struct account_turn *a);
void account_turns_leave(struct account_turns *t);

/* What its weight is from now on. */
void account_turns_set_weight(struct account_turns *t, struct account_turn *a,
    float weight);

/* Something of this standing is ready to go, or nothing is. */
void account_turns_set_ready(struct account_turns *t, struct account_turn *a,
    enum standing standing, bool ready);

/*
 * Who is next, and with what. but_unproven: only with what is proven. NULL:
 * nobody may take a place.
 */
MUST_CHECK struct account_turn *account_turns_next(struct account_turns *t,
    bool but_unproven, enum standing *standing);

/* It takes a place; it gives it back after so many milliseconds. */
void account_turns_take(struct account_turns *t, struct account_turn *a,
    enum standing standing);
void account_turns_give(struct account_turns *t, struct account_turn *a,
    enum standing standing, long long held_ms);

#endif
