/* claim_params.c - a claim says what there is room for, and for whom. */
#include "delivery/claim_params.h"

#include <arpa/inet.h>
#include <string.h>

#include <criterion/criterion.h>

#define IN_FLIGHT 1024
#define HEAD 20 /* bytes of an array before its first element */

enum place {
	LOW,
	WANTED,
	ACCOUNT_EACH = 5,
	ACCOUNTS,
	ACCOUNT_ROOM,
	SUSPECT_ROOM,
	SUSPECT_OWED = 10,
	SUSPECT_ROOMS = 13,
	VISIT = 16,
	VISIT_LOW,
	VISIT_DUE,
	PAST,
	LANES_LOW,
	PLACES
};

static struct claim_params *params;
static struct prefetch hand;
static struct claim_order order;

static void
open_params(void)
{
	params = claim_params_open();
	cr_assert(prefetch_init(&hand, IN_FLIGHT));
	hand.body_estimate = 1;
	order = (struct claim_order){ .wanted = 100, .owing = owing_open() };
}

static void
close_params(void)
{
	prefetch_clear(&hand);
	claim_params_close(params);
	claim_params_close(NULL);
	owing_close((struct owing *)(uintptr_t)order.owing);
}

TestSuite(claim_params, .init = open_params, .fini = close_params);

static const struct queue_params *
set(void)
{
	const struct queue_params *p = claim_params_set(params, &order, &hand);

	cr_assert_eq(p->count, PLACES);
	return p;
}

static uint32_t
int4_at(const char *bytes)
{
	uint32_t n;

	memcpy(&n, bytes, sizeof n);
	return ntohl(n);
}

static uint32_t
number(const struct queue_params *p, enum place i)
{
	cr_assert_eq(p->lengths[i], 4);
	return int4_at(p->values[i]);
}

static uint32_t
elements(const struct queue_params *p, enum place i)
{
	return int4_at(p->values[i]) == 0 ? 0 : int4_at(p->values[i] + 12);
}

/* In hand, of an account and a webhook with this name. */
static void
hold_of(enum standing standing, unsigned char account, unsigned count)
{
	struct attempt *a = attempt_new("u", 1, "b", 1);

	memset(a->account, account, ID_BYTES);
	memset(a->webhook, account, ID_BYTES);
	a->share = 1;
	a->standing = standing;
	for (unsigned i = 0; i < count; i++)
		prefetch_add(&hand, a, 1);
	hand.body_estimate = 1;
	attempt_free(a);
}

static void
hold(unsigned char account, unsigned count)
{
	hold_of(STANDING_PROVEN, account, count);
}

Test(claim_params, with_nothing_in_hand_nobody_is_named)
{
	const struct queue_params *p = set();

	cr_assert_eq(p->lengths[LOW], 8);
	cr_assert_eq(number(p, WANTED), 100);
	cr_assert_eq(number(p, ACCOUNT_EACH), OWING_TURN_FIRST);
	cr_assert_eq(number(p, SUSPECT_ROOM), 448);
	cr_assert_eq(elements(p, ACCOUNTS), 0);
	cr_assert_eq(elements(p, VISIT), 0);
	cr_assert_null(p->values[PAST]);
	cr_assert_null(p->values[LANES_LOW]);
}

Test(claim_params, an_account_is_named_when_it_is_short_of_room)
{
	hold(1, 10);
	cr_assert_eq(elements(set(), ACCOUNTS), 0);
	hold(1, 1900);
	cr_assert_eq(elements(set(), ACCOUNTS), 1);
	cr_assert_eq(int4_at(set()->values[ACCOUNT_ROOM] + HEAD + 4), 0);
	cr_assert_geq(int4_at(set()->values[SUSPECT_ROOMS] + HEAD + 4), 448);
}

Test(claim_params, an_account_with_one_is_not_named)
{
	hold(1, 2 * IN_FLIGHT);
	hold(2, 1);
	cr_assert_eq(elements(set(), ACCOUNTS), 1);
	hold(3, 2);
	cr_assert_eq(elements(set(), ACCOUNTS), 2);
}

Test(claim_params, who_waits_for_a_visit_has_no_room_for_what_is_new)
{
	struct owing_account more = { .low = 7, .due = OWING_NONE };

	hold(1, 10);
	memset(more.account, 1, ID_BYTES);
	owing_note((struct owing *)(uintptr_t)order.owing, &more);
	memset(order.others[0], 1, ID_BYTES);
	memset(order.others[1], 2, ID_BYTES);
	order.other_count = 2;
	cr_assert_eq(elements(set(), ACCOUNTS), 2, "each once");
	cr_assert_eq(int4_at(set()->values[ACCOUNT_ROOM] + HEAD + 4), 0);
	cr_assert_eq(int4_at(set()->values[ACCOUNT_ROOM] + HEAD + 12), 0);
}

Test(claim_params, visits_have_the_bounds_that_are_known)
{
	const struct queue_params *p;

	memset(order.visits[0].account, 1, ID_BYTES);
	order.visits[0].low = 7;
	order.visits[0].due = OWING_NONE;
	order.visit_count = 1;
	p = set();
	cr_assert_eq(elements(p, VISIT), 1);
	cr_assert_eq(int4_at(p->values[VISIT_LOW] + HEAD + 8), 7);
	cr_assert_eq(int4_at(p->values[VISIT_DUE] + HEAD), UINT32_MAX);
}

static bool
may(const unsigned char account[ID_BYTES], const void *arg)
{
	(void)account;
	(void)arg;
	return true;
}

Test(claim_params, who_is_visited_has_room_for_its_turn)
{
	struct owing *owing = (struct owing *)(uintptr_t)order.owing;
	struct owing_judge judge = { may, NULL };
	struct owing_account more = { .low = 7, .due = OWING_NONE };
	const struct queue_params *p;

	for (unsigned char i = 1; i <= 2; i++) {
		memset(more.account, i, ID_BYTES);
		owing_note(owing, &more);
	}
	order.visit_count =
	    owing_choose(owing, 0, &judge, order.visits, CLAIM_PLAN_VISITS);
	hold(2, 1900);
	p = set();
	cr_assert_eq(elements(p, ACCOUNTS), 2, "each once");
	cr_assert_eq(int4_at(p->values[ACCOUNT_ROOM] + HEAD + 4),
	    2 * OWING_TURN_FIRST);
	cr_assert_eq(int4_at(p->values[ACCOUNT_ROOM] + HEAD + 12), 0,
	    "as it has its fill in hand");
}

Test(claim_params, a_thorough_read_finds_what_has_waited_and_what_is_new)
{
	const struct queue_params *p;

	order.low = 1;
	p = set();
	cr_assert_eq(number(p, SUSPECT_ROOM), 448);
	hold_of(STANDING_NEW, 1, 512 - 512 / 16);
	p = set();
	cr_assert_eq(number(p, SUSPECT_ROOM), 512 / 16);
	cr_assert_eq(number(p, SUSPECT_OWED), 0);
	order.low = 0;
	p = set();
	cr_assert_eq(number(p, SUSPECT_ROOM), 512 / 32);
}

Test(claim_params, laps_go_on)
{
	static const unsigned char past[ID_BYTES] = "past";
	int64_t low = INT64_MIN;
	const struct queue_params *p;

	order.past = past;
	order.lanes_low = &low;
	p = set();
	cr_assert_eq(p->lengths[PAST], ID_BYTES);
	cr_assert_eq(memcmp(p->values[PAST], past, ID_BYTES), 0);
	cr_assert_eq(p->lengths[LANES_LOW], 8);
	cr_assert_eq(int4_at(p->values[LANES_LOW]), 0x80000000U);
}
