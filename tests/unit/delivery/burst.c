/* burst.c - a burst is on, and for a little while after. */
#include "delivery/burst.h"

#include <criterion/criterion.h>

static void
find(struct burst *p, int count, long long from_ms, long long every_ms)
{
	for (int i = 0; i < count; i++)
		burst_found(p, from_ms + i * every_ms);
}

Test(burst, there_is_none_at_first)
{
	struct burst p = { { 0 }, 0 };

	cr_assert(!burst_is_on(&p, 1));
	cr_assert(!burst_is_on(&p, 100000));
}

Test(burst, a_few_are_none)
{
	struct burst p = { { 0 }, 0 };

	find(&p, BURST_FINDS - 1, 1000, 1);
	cr_assert(!burst_is_on(&p, 1000 + BURST_FINDS));
	burst_found(&p, 1000 + BURST_FINDS);
	cr_assert(burst_is_on(&p, 1000 + BURST_FINDS));
}

Test(burst, those_far_apart_are_none)
{
	struct burst p = { { 0 }, 0 };

	find(&p, 5 * BURST_FINDS, 1000,
	    BURST_WITHIN_MS / (BURST_FINDS - 1) + 1);
	cr_assert(!burst_is_on(&p, 1000));
	find(&p, BURST_FINDS, 5000, BURST_WITHIN_MS / (BURST_FINDS - 1));
	cr_assert(burst_is_on(&p, 5000 + BURST_WITHIN_MS));
}

Test(burst, it_lingers_a_little)
{
	struct burst p = { { 0 }, 0 };

	find(&p, BURST_FINDS, 1000, 0);
	cr_assert(burst_is_on(&p, 1000 + BURST_LINGER_MS));
	cr_assert(!burst_is_on(&p, 1001 + BURST_LINGER_MS));
}
