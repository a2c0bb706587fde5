/* holdings.c - tests: who holds most gives first, and of that the oldest. */
#include "http/holdings.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "common/compiler.h"

#define OWNERS 50
#define THINGS 4000
#define ROUNDS 100000

static struct holdings *holdings;
static struct holding things[THINGS];

static void
set_up(void)
{
	holdings = holdings_open();
	cr_assert_not_null(holdings);
	memset(things, 0, sizeof things);
}

static void
tear_down(void)
{
	for (size_t i = 0; i < THINGS; i++)
		holdings_remove(holdings, &things[i]);
	holdings_close(holdings);
}

TestSuite(holdings, .init = set_up, .fini = tear_down);

static const unsigned char *
owner(unsigned number)
{
	static unsigned char id[OWNER_BYTES];

	memcpy(id, &number, sizeof number);
	return id;
}

static void
use(size_t thing, unsigned number)
{
	cr_assert(holdings_use(holdings, &things[thing], owner(number)));
}

/* Which thing goes for this owner; -1: there is none. */
static int
first(unsigned number)
{
	struct holding *thing = holdings_first(holdings, owner(number));

	return thing == NULL ? -1 : (int)(thing - things);
}

Test(holdings, nothing_goes_where_there_is_nothing)
{
	cr_expect_eq(first(1), -1);
	cr_expect_eq(holdings_count(holdings, owner(1)), 0);
	use(0, 1);
	cr_expect_eq(first(1), 0);
	holdings_remove(holdings, &things[0]);
	holdings_remove(holdings, &things[0]);
	cr_expect_eq(first(1), -1);
}

Test(holdings, who_holds_most_gives)
{
	use(0, 1);
	use(1, 2);
	use(2, 2);
	cr_expect_eq(first(1), 1);
	cr_expect_eq(first(2), 1);
	cr_expect_eq(first(3), 1);
	cr_expect_eq(holdings_beside(&things[1]), 2);
}

Test(holdings, of_equals_the_one_who_wants_more_gives)
{
	use(0, 1);
	use(1, 2);
	cr_expect_eq(first(1), 0);
	cr_expect_eq(first(2), 1);
	cr_expect_eq(first(3), 0, "the longest unused");
	use(0, 1);
	cr_expect_eq(first(3), 1);
}

Test(holdings, what_is_used_goes_last)
{
	for (size_t i = 0; i < 3; i++)
		use(i, 1);
	use(0, 1);
	cr_expect_eq(first(1), 1);
	cr_expect_eq(things[1].newer - things, 2);
	cr_expect_eq(things[2].newer - things, 0);
}

Test(holdings, a_thing_is_held_by_who_used_it_last)
{
	use(0, 1);
	use(0, 2);
	cr_expect_eq(holdings_count(holdings, owner(1)), 0);
	cr_expect_eq(holdings_count(holdings, owner(2)), 1);
}

Test(holdings, one_who_holds_very_much_gives)
{
	for (size_t i = 0; i < THINGS - 2; i++)
		use(i, 1);
	use(THINGS - 2, 2);
	for (int i = 0; i < THINGS - 3; i++) {
		cr_assert_eq(first(2), i);
		cr_assert_eq(first(3), i);
		holdings_remove(holdings, &things[i]);
	}
}

/* Whatever happens, what goes first is of one who holds most. */
Test(holdings, at_random)
{
	size_t counts[OWNERS] = { 0 }, most;
	int owners[THINGS];

	memset(owners, -1, sizeof owners);
	for (int n = 0; n < ROUNDS; n++) {
		size_t thing = (size_t)rand() % THINGS;
		int who = rand() % OWNERS, goes;

		if (owners[thing] >= 0)
			counts[owners[thing]]--;
		owners[thing] = rand() % 3 == 0 ? -1 : who;
		if (owners[thing] >= 0) {
			counts[who]++;
			use(thing, (unsigned)who);
		} else {
			holdings_remove(holdings, &things[thing]);
		}
		goes = first((unsigned)who);
		most = 0;
		for (int i = 0; i < OWNERS; i++)
			most = counts[i] > most ? counts[i] : most;
		if (most == 0)
			continue;
		cr_assert_geq(goes, 0);
		cr_assert_eq(counts[owners[goes]], most);
		cr_assert_eq(holdings_beside(&things[goes]), most);
	}
}
