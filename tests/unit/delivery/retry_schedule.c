/* retry_schedule.c - the schedule of attempts, and its jitter. */
#include "delivery/retry_schedule.h"

#include <criterion/criterion.h>

static const int32_t seconds[] = { 5, 300, 1800, 7200, 18000, 36000, 50400,
	72000, 86400 };

Test(retry_schedule, each_step_within_a_tenth)
{
	for (int32_t step = 0; step < RETRY_SCHEDULE_ATTEMPTS - 1; step++)
		for (uint64_t dice = 0; dice <= UINT32_MAX; dice += 12345679) {
			int32_t ms = 0, tenth = seconds[step] * 100;

			cr_assert(
			    retry_schedule_next(step, (uint32_t)dice, &ms));
			cr_assert_geq(ms, seconds[step] * 1000 - tenth);
			cr_assert_leq(ms, seconds[step] * 1000 + tenth);
		}
}

Test(retry_schedule, the_jitter_reaches_both_ends)
{
	int32_t ms;

	cr_assert(retry_schedule_next(0, 0, &ms));
	cr_assert_eq(ms, 4500);
	cr_assert(retry_schedule_next(0, 1000, &ms));
	cr_assert_eq(ms, 5500);
}

Test(retry_schedule, the_tenth_attempt_is_the_last)
{
	int32_t ms = -7;

	cr_assert_not(retry_schedule_next(RETRY_SCHEDULE_ATTEMPTS - 1, 0, &ms));
	cr_assert_not(retry_schedule_next(1000000, 0, &ms));
	cr_assert_not(retry_schedule_next(-1, 0, &ms));
	cr_assert_eq(ms, -7);
}
