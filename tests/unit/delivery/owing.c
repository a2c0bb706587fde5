/* owing.c - accounts that have more are visited in turn. */
#include "delivery/owing.h"

#include <limits.h>
#include <string.h>

#include <criterion/criterion.h>

#define VISITS 4

static struct owing *o;
static struct owing_account visits[VISITS];
static long long now = 1000;
static unsigned char full; /* this account may not */

static void
open_owing(void)
{
	o = owing_open();
	full = 0;
}

static void
close_owing(void)
{
	owing_close(o);
	owing_close(NULL);
}

TestSuite(owing, .init = open_owing, .fini = close_owing);

static void
note(unsigned char account, int64_t low, int64_t due)
{
	struct owing_account more = { .low = low, .due = due };

	memset(more.account, account, ID_BYTES);
	owing_note(o, &more);
}

static void
served(unsigned char account)
{
	unsigned char id[ID_BYTES];

	memset(id, account, ID_BYTES);
	cr_assert(owing_served(o, id));
}

static bool
may(const unsigned char account[ID_BYTES], const void *arg)
{
	(void)arg;
	return account[0] != full;
}

/* The accounts as a text, "abc". */
static const char *
choose(size_t count_max)
{
	static char text[VISITS + 1];
	struct owing_judge judge = { may, NULL };
	size_t count = owing_choose(o, now, &judge, visits, count_max);

	for (size_t i = 0; i < count; i++)
		text[i] = (char)visits[i].account[0];
	text[count] = '\0';
	return text;
}

Test(owing, nobody_is_owed_at_first)
{
	cr_assert_str_eq(choose(VISITS), "");
	cr_assert_eq(owing_wake_ms(o), LLONG_MAX);
	cr_assert_eq(owing_count(o), 0);
}

Test(owing, who_has_more_is_visited_until_it_has_no_more)
{
	note('a', 7, OWING_NONE);
	owing_settle(o, false, now, now);
	cr_assert_leq(owing_wake_ms(o), now);
	cr_assert_str_eq(choose(VISITS), "a");
	cr_assert_eq(visits[0].low, 7);
	cr_assert_eq(visits[0].due, OWING_NONE);
	served('a');
	note('a', 9, OWING_NONE);
	owing_settle(o, false, now, now);
	cr_assert_str_eq(choose(VISITS), "a");
	cr_assert_eq(visits[0].low, 9);
	owing_settle(o, false, now, now);
	cr_assert_str_eq(choose(VISITS), "");
	cr_assert_eq(owing_count(o), 0);
}

Test(owing, they_take_turns_and_the_new_come_first)
{
	for (unsigned char c = 'a'; c <= 'd'; c++)
		note(c, 1, OWING_NONE);
	cr_assert_str_eq(choose(2), "ab");
	cr_assert_leq(owing_wake_ms(o), now, "there are more");
	served('a');
	served('b');
	note('a', 1, OWING_NONE);
	note('b', 1, OWING_NONE);
	owing_settle(o, false, now, now);
	cr_assert_str_eq(choose(3), "cda");
	for (unsigned char c = 'c'; c <= 'd'; c++) {
		served(c);
		note(c, 1, OWING_NONE);
	}
	served('a');
	note('a', 1, OWING_NONE);
	note('e', 1, OWING_NONE);
	owing_settle(o, false, now, now);
	cr_assert_str_eq(choose(3), "ebc");
}

Test(owing, who_has_no_room_is_passed_over)
{
	note('a', 1, OWING_NONE);
	note('b', 1, OWING_NONE);
	full = 'a';
	cr_assert_str_eq(choose(VISITS), "b");
	owing_settle(o, false, now, now);
	cr_assert_str_eq(choose(VISITS), "");
	cr_assert_eq(owing_wake_ms(o), LLONG_MAX, "a release will tell");
	full = 0;
	cr_assert_str_eq(choose(VISITS), "a");
}

Test(owing, a_visit_in_vain_is_followed_by_a_rest_that_grows)
{
	long long rest = OWING_REST_MIN_MS;

	note('a', 1, OWING_NONE);
	for (int i = 0; i < 10; i++) {
		cr_assert_str_eq(choose(VISITS), "a");
		note('a', 1, OWING_NONE);
		owing_settle(o, false, now, now);
		cr_assert_eq(owing_wake_ms(o), now + rest);
		now += rest - 1;
		cr_assert_str_eq(choose(VISITS), "");
		cr_assert_eq(owing_wake_ms(o), now + 1);
		now++;
		rest = rest < OWING_REST_MAX_MS ? 2 * rest : rest;
	}
	cr_assert_str_eq(choose(VISITS), "a");
	served('a');
	note('a', 1, OWING_NONE);
	owing_settle(o, false, now, now);
	cr_assert_leq(owing_wake_ms(o), now, "it was of use again");
}

/* What may be taken of a visited account, when a claim took some so long. */
static unsigned
turn_after(unsigned count, long long took_ms)
{
	cr_assert_str_eq(choose(VISITS), "a");
	for (unsigned i = 0; i < count; i++)
		served('a');
	note('a', 1, OWING_NONE);
	owing_settle(o, false, now, now + took_ms);
	cr_assert_str_eq(choose(VISITS), "a");
	owing_undo(o);
	return visits[0].turn;
}

Test(owing, a_turn_is_small_at_first_and_doubles_when_it_is_used)
{
	note('a', 1, OWING_NONE);
	cr_assert_eq(turn_after(2 * OWING_TURN_FIRST - 1, 1),
	    2 * OWING_TURN_FIRST);
	cr_assert_eq(turn_after(2 * OWING_TURN_FIRST, 1), 4 * OWING_TURN_FIRST);
	for (int i = 0; i < 9; i++)
		(void)turn_after(OWING_TURN_MAX, 1);
	cr_assert_eq(turn_after(OWING_TURN_MAX, 1), OWING_TURN_MAX);
}

Test(owing, a_turn_is_large_only_while_claims_are_soon_over)
{
	note('a', 1, OWING_NONE);
	for (int i = 0; i < 9; i++)
		(void)turn_after(OWING_TURN_MAX, OWING_SOON_MS + 1);
	cr_assert_eq(turn_after(OWING_TURN_MAX, 100), OWING_TURN_FAIR);
	cr_assert_eq(turn_after(OWING_TURN_MAX, OWING_SOON_MS),
	    2 * OWING_TURN_FAIR);
	cr_assert_eq(turn_after(OWING_TURN_MAX, 2 * OWING_SOON_MS),
	    2 * OWING_TURN_FAIR);
	cr_assert_eq(turn_after(OWING_TURN_MAX, 100), OWING_TURN_FAIR);
}

Test(owing, whom_a_full_claim_did_not_come_to_keeps_its_turn)
{
	for (unsigned char c = 'a'; c <= 'c'; c++)
		note(c, 1, OWING_NONE);
	cr_assert_str_eq(choose(VISITS), "abc");
	served('a');
	for (unsigned char c = 'a'; c <= 'c'; c++)
		note(c, 1, OWING_NONE);
	owing_settle(o, true, now, now);
	cr_assert_str_eq(choose(VISITS), "bca");
}

Test(owing, a_claim_that_fails_changes_nothing)
{
	for (unsigned char c = 'a'; c <= 'c'; c++)
		note(c, 1, OWING_NONE);
	cr_assert_str_eq(choose(2), "ab");
	owing_undo(o);
	owing_settle(o, false, now, now);
	cr_assert_eq(owing_count(o), 3);
	cr_assert_str_eq(choose(1), "c", "it is new");
	owing_undo(o);
	cr_assert_str_eq(choose(VISITS), "cab");
}

/* The tail tells of one that is not visited: its oldest are still there. */
Test(owing, a_visit_alone_raises_a_bound)
{
	note('a', 5, 50);
	note('a', 9, 20);
	cr_assert_str_eq(choose(VISITS), "a");
	cr_assert_eq(visits[0].low, 5);
	cr_assert_eq(visits[0].due, 20);
	note('a', 8, OWING_NONE);
	note('a', OWING_NONE, 70);
	owing_settle(o, true, now, now);
	cr_assert_str_eq(choose(VISITS), "a");
	cr_assert_eq(visits[0].low, 8);
	cr_assert_eq(visits[0].due, 70);
}

Test(owing, whoever_waits_is_known_to)
{
	unsigned char others[VISITS][ID_BYTES];

	note('a', 5, OWING_NONE);
	note('b', OWING_NONE, 1);
	note('c', 5, OWING_NONE);
	cr_assert_str_eq(choose(1), "a");
	cr_assert_eq(owing_list_others(o, others, VISITS), 1);
	cr_assert_eq(others[0][0], 'c');
	cr_assert(owing_waits(o, others[0]));
	cr_assert_not(owing_waits(o, visits[0].account), "it is visited");
	cr_assert_eq(owing_list_others(o, others, 0), 0);
}

Test(owing, no_more_are_remembered_than_fit)
{
	struct owing_account more = { .low = 1 };

	for (unsigned i = 0; i <= OWING_MAX; i++) {
		memcpy(more.account, &i, sizeof i);
		owing_note(o, &more);
	}
	cr_assert_eq(owing_count(o), OWING_MAX);
	owing_forget(o);
	cr_assert_eq(owing_count(o), 0);
	cr_assert_str_eq(choose(VISITS), "");
}
