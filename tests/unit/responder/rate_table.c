/* rate_table.c - each account has its own rate, whatever others do. */
#include "responder/rate_table.h"

#include <string.h>

#include <criterion/criterion.h>

#define SECOND 1000000LL
#define RATE 50
#define BURST (RATE * RATE_TABLE_BURST_SECONDS)
#define MANY 20000

static const struct account a = { .id = "................", .share = 1 };
static const struct account b = { .id = "...............b", .share = 1 };
static const struct account twice = { .id = "...............c", .share = 2 };

/* How many are let through at that instant. */
static unsigned
burst_at(struct rate_table *t, const struct account *account, long long now)
{
	unsigned n = 0, seconds;

	while (rate_table_take(t, account, now, &seconds))
		n++;
	cr_assert_eq(seconds, 1);
	return n;
}

Test(rate_table, a_burst_and_then_the_rate)
{
	struct rate_table *t = rate_table_open(RATE);

	cr_assert_eq(burst_at(t, &a, SECOND), BURST);
	cr_assert_eq(burst_at(t, &a, SECOND), 0);
	cr_assert_eq(burst_at(t, &a, 2 * SECOND), RATE);
	cr_assert_eq(burst_at(t, &a, 2 * SECOND + SECOND / RATE), 1);
	cr_assert_eq(burst_at(t, &a, 100 * SECOND), BURST);
	rate_table_close(t);
}

Test(rate_table, others_have_their_own)
{
	struct rate_table *t = rate_table_open(RATE);

	burst_at(t, &a, SECOND);
	cr_assert_eq(burst_at(t, &b, SECOND), BURST);
	rate_table_close(t);
}

Test(rate_table, a_share_multiplies_it)
{
	struct rate_table *t = rate_table_open(RATE);

	cr_assert_eq(burst_at(t, &twice, SECOND), 2 * BURST);
	rate_table_close(t);
}

/* Once in four hundred seconds, and that one at once. */
Test(rate_table, less_than_one_a_burst_is_seldom_and_not_never)
{
	const struct account small = { .id = "x", .share = 0.0025f };
	struct rate_table *t = rate_table_open(1);
	unsigned seconds;

	cr_assert(rate_table_take(t, &small, SECOND, &seconds));
	cr_assert_not(rate_table_take(t, &small, 2 * SECOND, &seconds));
	cr_assert_gt(seconds, 390);
	cr_assert(rate_table_take(t, &small, 402 * SECOND, &seconds));
	rate_table_close(t);
}

Test(rate_table, many_that_ask_once_do_not_free_who_asks_often)
{
	struct rate_table *t = rate_table_open(RATE);
	unsigned seconds;

	burst_at(t, &a, SECOND);
	for (unsigned n = 0; n < MANY; n++) {
		struct account other = { .share = 1 };

		memcpy(other.id + ID_BYTES - sizeof n, &n, sizeof n);
		memcpy(other.id, &n, sizeof n);
		cr_assert(rate_table_take(t, &other, SECOND, &seconds));
	}
	cr_assert_eq(burst_at(t, &a, SECOND), 0);
	rate_table_close(t);
}
