/* pace.c - a worker sleeps only while little comes. */
#include "delivery/pace.h"

#include <criterion/criterion.h>

static void
find(struct pace *p, int count, long long from_ms, long long every_ms)
{
	for (int i = 0; i < count; i++)
		pace_found(p, from_ms + i * every_ms);
}

Test(pace, there_is_none_at_first)
{
	struct pace p = { { 0 }, 0 };

	cr_assert(!pace_fast(&p, 1));
	cr_assert(!pace_fast(&p, 100000));
}

Test(pace, a_few_are_none)
{
	struct pace p = { { 0 }, 0 };

	find(&p, PACE_FINDS - 1, 1000, 1);
	cr_assert(!pace_fast(&p, 1000 + PACE_FINDS));
	pace_found(&p, 1000 + PACE_FINDS);
	cr_assert(pace_fast(&p, 1000 + PACE_FINDS));
}

Test(pace, those_far_apart_are_none)
{
	struct pace p = { { 0 }, 0 };

	find(&p, 5 * PACE_FINDS, 1000, PACE_WITHIN_MS / (PACE_FINDS - 1) + 1);
	cr_assert(!pace_fast(&p, 1000));
	find(&p, PACE_FINDS, 5000, PACE_WITHIN_MS / (PACE_FINDS - 1));
	cr_assert(pace_fast(&p, 5000 + PACE_WITHIN_MS));
}

Test(pace, it_lingers_a_little)
{
	struct pace p = { { 0 }, 0 };

	find(&p, PACE_FINDS, 1000, 0);
	cr_assert(pace_fast(&p, 1000 + PACE_LINGER_MS));
	cr_assert(!pace_fast(&p, 1001 + PACE_LINGER_MS));
}
