/* holders.c - one account may hold much, never all that others want. */
#include "responder/holders.h"

#include <criterion/criterion.h>

#define MOST 300

static const struct account a = { .id = "a", .share = 1 };
static const struct account b = { .id = "b", .share = 1 };
static const struct account c = { .id = "c", .share = 1 };
static const struct account heavy = { .id = "heavy", .share = 2 };

/* As many as the account gets. */
static size_t
take_all(struct holders *h, const struct account *account)
{
	size_t n = 0;

	while (n < MOST && holders_take(h, account) == HOLDERS_TAKEN)
		n++;
	return n;
}

static void
give_back(struct holders *h, const struct account *account, size_t n)
{
	while (n-- > 0)
		holders_give_back(h, account);
}

Test(holders, one_alone_has_most_and_leaves_some)
{
	static const struct {
		size_t capacity, alone;
		float weight;
	} cases[] = {
		{ 1, 1, 1 },
		{ 2, 2, 1 },
		{ 2, 1, 0.125f },
		{ 8, 4, 0.125f },
		{ 224, 175, 1 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct holders *h =
		    holders_open(cases[i].capacity, cases[i].weight);

		cr_assert_eq(take_all(h, &a), cases[i].alone, "of %zu",
		    cases[i].capacity);
		holders_close(h);
	}
}

Test(holders, who_has_none_gets_one_beside_others_that_want_all)
{
	struct holders *h = holders_open(224, 1);

	take_all(h, &a);
	take_all(h, &b);
	cr_assert_eq(holders_take(h, &a), HOLDERS_OVER_SHARE);
	cr_assert_eq(holders_take(h, &b), HOLDERS_OVER_SHARE);
	cr_assert_eq(holders_take(h, &c), HOLDERS_TAKEN);
	holders_close(h);
}

Test(holders, those_that_want_all_come_to_hold_the_same)
{
	struct holders *h = holders_open(224, 1);
	size_t of_a = take_all(h, &a), of_b = take_all(h, &b);

	/* as calls end, whoever held them asks again, and both can be first */
	for (int i = 0; i < 1000; i++) {
		give_back(h, &a, 1);
		give_back(h, &b, 1);
		of_b += take_all(h, &b) - 1;
		of_a += take_all(h, &a) - 1;
	}
	cr_assert(of_a > 80 && of_b > 80, "%zu and %zu", of_a, of_b);
	give_back(h, &a, of_a);
	give_back(h, &b, of_b);
	cr_assert_eq(take_all(h, &c), 175, "all came back");
	holders_close(h);
}

Test(holders, none_are_free_when_all_are_held)
{
	struct holders *h = holders_open(3, 1);

	take_all(h, &a);
	cr_assert_eq(holders_take(h, &b), HOLDERS_NONE_FREE);
	holders_give_back(h, &a);
	cr_assert_eq(holders_take(h, &b), HOLDERS_TAKEN);
	holders_close(h);
}

Test(holders, a_share_of_two_holds_more)
{
	struct holders *h = holders_open(8, 0.125f);

	cr_assert_eq(take_all(h, &heavy), 5);
	holders_close(h);
}
