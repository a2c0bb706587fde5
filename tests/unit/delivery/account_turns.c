/* account_turns.c - who is next, of accounts with something ready. */
#include "delivery/account_turns.h"

#include <string.h>

#include <criterion/criterion.h>

#include "common/compiler.h"

#define PLACES 64
#define ACCOUNTS 4

struct accounts {
	struct account_turns turns;
	struct account_turn account[ACCOUNTS];
};

static void
open_all(struct accounts *all, size_t places, const float *weights)
{
	*all = (struct accounts){ 0 };
	account_turns_init(&all->turns, places);
	for (size_t i = 0; i < ACCOUNTS; i++)
		cr_assert(account_turns_join(&all->turns, &all->account[i],
		    weights == NULL ? 1 : weights[i]));
}

static void
make_ready(struct accounts *all, size_t account, enum standing standing)
{
	account_turns_set_ready(&all->turns, &all->account[account], standing,
	    true);
}

/* Who takes a place; -1: nobody may. */
static int
take(struct accounts *all, enum standing *standing)
{
	struct account_turn *next =
	    account_turns_next(&all->turns, false, standing);

	if (next == NULL)
		return -1;
	account_turns_take(&all->turns, next, *standing);
	return (int)(next - all->account);
}

static unsigned
take_all(struct accounts *all)
{
	enum standing standing;
	unsigned count = 0;

	while (take(all, &standing) >= 0)
		count++;
	return count;
}

/* All have something ready of one standing, without end. */
static const struct {
	const char *what;
	size_t places, accounts;
	enum standing standing;
	float weights[ACCOUNTS];
	unsigned held[ACCOUNTS];
} fills[] = {
	{ "one alone has nearly all", 1024, 1, STANDING_PROVEN, { 1, 1, 1, 1 },
	    { 797 } },
	{ "of those that are not proven, nearly half", 1024, 1, STANDING_NEW,
	    { 1, 1, 1, 1 }, { 399 } },
	{ "of those that are failing, nearly a quarter", 1024, 1,
	    STANDING_FAILING, { 1, 1, 1, 1 }, { 200 } },
	{ "two have the same", 1024, 2, STANDING_PROVEN, { 1, 1, 1, 1 },
	    { 422, 422 } },
	{ "so have four", 1024, 4, STANDING_PROVEN, { 1, 1, 1, 1 },
	    { 217, 217, 217, 217 } },
	{ "each has what its weight says", 1024, 4, STANDING_PROVEN,
	    { 1, 2, 4, 0.5F }, { 118, 236, 471, 59 } },
	{ "one place is one account's", 1, 4, STANDING_PROVEN, { 1, 1, 1, 1 },
	    { 1 } },
};

Test(account_turns, places_are_filled_by_weight)
{
	for (size_t i = 0; i < COUNT(fills); i++) {
		struct accounts all;

		open_all(&all, fills[i].places, fills[i].weights);
		for (size_t a = 0; a < fills[i].accounts; a++)
			make_ready(&all, a, fills[i].standing);
		take_all(&all);
		for (size_t a = 0; a < fills[i].accounts; a++) {
			int off =
			    (int)all.account[a].held[0] - (int)fills[i].held[a];

			cr_expect(off >= -1 && off <= 1, "%s: %zu has %u",
			    fills[i].what, a, all.account[a].held[0]);
		}
		account_turns_clear(&all.turns);
	}
}

Test(account_turns, who_comes_later_goes_at_once)
{
	for (int s = STANDING_PROVEN; s < STANDING_COUNT; s++) {
		struct accounts all;
		enum standing standing = STANDING_PROVEN;

		open_all(&all, PLACES, NULL);
		make_ready(&all, 0, (enum standing)s);
		take_all(&all);
		make_ready(&all, 1, (enum standing)s);
		cr_expect_eq(take(&all, &standing), 1);
		cr_expect_eq(standing, (enum standing)s);
		cr_expect_eq(take(&all, &standing), 1);
		account_turns_clear(&all.turns);
	}
}

Test(account_turns, a_pool_that_is_full_keeps_nobody_from_the_others)
{
	struct accounts all;
	enum standing standing = STANDING_PROVEN;

	open_all(&all, PLACES, NULL);
	for (size_t i = 0; i < 3; i++)
		make_ready(&all, i, STANDING_FAILING);
	take_all(&all);
	make_ready(&all, 0, STANDING_NEW);
	cr_assert_eq(take(&all, &standing), 0);
	cr_assert_eq(standing, STANDING_NEW);
	make_ready(&all, 3, STANDING_PROVEN);
	cr_assert_eq(take(&all, &standing), 3);
	account_turns_clear(&all.turns);
}

/* Where places are short, its own webhooks that fail leave some of its part. */
Test(account_turns, dead_webhooks_leave_room_to_good_ones_of_their_account)
{
	struct accounts all;
	unsigned failing;

	open_all(&all, 1024, NULL);
	for (size_t i = 1; i < ACCOUNTS; i++)
		make_ready(&all, i, STANDING_PROVEN);
	take_all(&all);
	make_ready(&all, 0, STANDING_FAILING);
	take_all(&all);
	failing = all.account[0].held[0];
	make_ready(&all, 0, STANDING_PROVEN);
	take_all(&all);
	cr_assert_eq(all.account[0].held[STANDING_FAILING], failing);
	cr_assert_gt(all.account[0].held[0], failing);
	account_turns_clear(&all.turns);
}

Test(account_turns, only_what_is_proven_when_asked_so)
{
	struct accounts all;
	enum standing standing = STANDING_FAILING;

	open_all(&all, PLACES, NULL);
	make_ready(&all, 0, STANDING_NEW);
	make_ready(&all, 1, STANDING_FAILING);
	cr_assert_null(account_turns_next(&all.turns, true, &standing));
	make_ready(&all, 2, STANDING_PROVEN);
	cr_assert_eq(account_turns_next(&all.turns, true, &standing),
	    &all.account[2]);
	cr_assert_eq(standing, STANDING_PROVEN);
	account_turns_clear(&all.turns);
}

Test(account_turns, a_place_that_is_given_back_goes_to_who_has_least)
{
	struct accounts all;
	enum standing standing;

	open_all(&all, 16, NULL);
	make_ready(&all, 0, STANDING_PROVEN);
	make_ready(&all, 1, STANDING_PROVEN);
	take_all(&all);
	account_turns_give(&all.turns, &all.account[0], STANDING_PROVEN, 10);
	account_turns_give(&all.turns, &all.account[0], STANDING_PROVEN, 10);
	account_turns_give(&all.turns, &all.account[1], STANDING_PROVEN, 10);
	cr_assert_eq(take(&all, &standing), 0);
	account_turns_clear(&all.turns);
}

/*
 * One place, two accounts: one of them has it for so many times as long each
 * time, and so its turn comes as much more rarely.
 */
Test(account_turns, a_turn_counts_by_how_long_it_lasts)
{
	struct accounts all;
	unsigned turns[2] = { 0 };

	open_all(&all, 1, NULL);
	make_ready(&all, 0, STANDING_PROVEN);
	make_ready(&all, 1, STANDING_PROVEN);
	for (int i = 0; i < 1000; i++) {
		enum standing standing;
		int next = take(&all, &standing);

		cr_assert(next == 0 || next == 1);
		turns[next]++;
		account_turns_give(&all.turns, &all.account[next], standing,
		    next == 0 ? 1000 : 10);
	}
	cr_assert_gt(turns[1], 50 * turns[0], "%u, %u", turns[0], turns[1]);
	cr_assert_gt(turns[0], 0);
	account_turns_clear(&all.turns);
}

/* Both have taken turns with the one place for long; then one comes anew. */
Test(account_turns, who_had_nothing_lately_goes_before_who_had)
{
	struct accounts all;
	enum standing standing;

	open_all(&all, 1, NULL);
	make_ready(&all, 0, STANDING_PROVEN);
	make_ready(&all, 1, STANDING_PROVEN);
	for (int i = 0; i < 100; i++) {
		int next = take(&all, &standing);

		account_turns_give(&all.turns, &all.account[next], standing,
		    100);
	}
	make_ready(&all, 2, STANDING_PROVEN);
	for (int i = 0; i < 5; i++) {
		cr_assert_eq(take(&all, &standing), 2);
		account_turns_give(&all.turns, &all.account[2], standing, 100);
	}
	for (int i = 0; i < 50; i++) {
		int next = take(&all, &standing);

		account_turns_give(&all.turns, &all.account[next], standing,
		    100);
	}
	cr_assert_lt(all.account[2].tag[STANDING_PROVEN],
	    all.turns.lines[STANDING_PROVEN].now + 200,
	    "but it has no more than its part");
	cr_assert_gt(all.account[2].tag[STANDING_PROVEN],
	    all.turns.lines[STANDING_PROVEN].now - 200);
	account_turns_clear(&all.turns);
}

/*
 * Two take turns with the one place for what is not proven, and meanwhile a
 * third has very many with its good webhooks; then one comes anew.
 */
Test(account_turns, turns_with_good_webhooks_put_nobody_behind_dead_ones)
{
	struct accounts all;
	enum standing standing = STANDING_PROVEN;
	int holds = 0;

	open_all(&all, 2, NULL);
	make_ready(&all, 0, STANDING_NEW);
	cr_assert_eq(take(&all, &standing), 0);
	make_ready(&all, 1, STANDING_NEW);
	make_ready(&all, 2, STANDING_PROVEN);
	for (int i = 0; i < 1000; i++) {
		cr_assert_eq(take(&all, &standing), 2);
		account_turns_give(&all.turns, &all.account[2], standing, 100);
		if (i % 150 > 0)
			continue;
		account_turns_give(&all.turns, &all.account[holds],
		    STANDING_NEW, 15000);
		holds = 1 - holds;
		account_turns_take(&all.turns, &all.account[holds],
		    STANDING_NEW);
	}
	account_turns_set_ready(&all.turns, &all.account[2], STANDING_PROVEN,
	    false);
	make_ready(&all, 3, STANDING_NEW);
	account_turns_give(&all.turns, &all.account[holds], STANDING_NEW,
	    15000);
	cr_assert_eq(take(&all, &standing), 3);
	account_turns_clear(&all.turns);
}

Test(account_turns, who_has_had_much_is_known_for_a_while)
{
	struct accounts all;
	enum standing standing;

	open_all(&all, 1, NULL);
	make_ready(&all, 0, STANDING_PROVEN);
	make_ready(&all, 1, STANDING_PROVEN);
	cr_assert_geq(take(&all, &standing), 0);
	account_turns_set_ready(&all.turns, &all.account[0], STANDING_PROVEN,
	    false);
	cr_assert_not(account_turns_may_leave(&all.turns, &all.account[1]));
	account_turns_set_ready(&all.turns, &all.account[1], STANDING_PROVEN,
	    false);
	cr_assert(account_turns_may_leave(&all.turns, &all.account[0]) ||
		account_turns_may_leave(&all.turns, &all.account[1]),
	    "once nobody waits, all is forgotten but who has a place");
	account_turns_clear(&all.turns);
}

struct outs {
	unsigned of[ACCOUNTS][STANDING_COUNT];
	uint32_t random;
};

/* Something becomes ready, or is not any longer; a place is given back. */
static void
stir(struct accounts *all, struct outs *outs)
{
	size_t a = (outs->random = outs->random * 1103515245 + 12345) >> 30;
	enum standing s = (outs->random >> 16) % STANDING_COUNT;

	account_turns_set_ready(&all->turns, &all->account[a], s,
	    (outs->random >> 8) % 4 > 0);
	if (outs->of[a][s] == 0 || (outs->random >> 12) % 2 == 0)
		return;
	account_turns_give(&all->turns, &all->account[a], s, 5);
	outs->of[a][s]--;
}

/* Who holds nothing may go while each pool around has a place. */
static bool
is_missed(const struct accounts *all, size_t account, enum standing s)
{
	const struct account_turn *a = &all->account[account];

	if ((a->ready >> s & 1) == 0 || a->held[0] > 0)
		return false;
	for (size_t pool = 0; pool <= s; pool++)
		if (all->turns.pools[pool].used >=
		    all->turns.pools[pool].capacity)
			return false;
	return true;
}

Test(account_turns, nobody_who_may_go_is_missed)
{
	struct outs outs = { .random = 1 };

	for (size_t round = 0; round < 200; round++) {
		struct accounts all;
		enum standing s;
		int a;

		open_all(&all, 8 + round % 40, NULL);
		memset(outs.of, 0, sizeof outs.of);
		for (int step = 0; step < 500; step++) {
			stir(&all, &outs);
			while ((a = take(&all, &s)) >= 0)
				outs.of[a][s]++;
			for (size_t i = 0; i < ACCOUNTS; i++)
				for (s = 0; s < STANDING_COUNT; s++)
					cr_assert_not(is_missed(&all, i, s));
		}
		account_turns_clear(&all.turns);
	}
}
