/* retry_schedule.c - the schedule of attempts, and its jitter. */
#include "delivery/retry_schedule.h"

#include <criterion/criterion.h>

#include "common/compiler.h"

static const struct retry_schedule usual;
static const int32_t seconds[] = { 5, 300, 1800, 7200, 18000, 36000, 50400,
	72000, 86400 };

Test(retry_schedule, each_step_within_a_tenth)
{
	for (int32_t step = 0; step < RETRY_SCHEDULE_ATTEMPTS - 1; step++)
		for (uint64_t dice = 0; dice <= UINT32_MAX; dice += 12345679) {
			int64_t ms = 0, tenth = seconds[step] * 100;

			cr_assert(retry_schedule_next(&usual, step,
			    (uint32_t)dice, &ms));
			cr_assert_geq(ms, seconds[step] * 1000 - tenth);
			cr_assert_leq(ms, seconds[step] * 1000 + tenth);
		}
}

Test(retry_schedule, the_jitter_reaches_both_ends)
{
	int64_t ms;

	cr_assert(retry_schedule_next(&usual, 0, 0, &ms));
	cr_assert_eq(ms, 4500);
	cr_assert(retry_schedule_next(&usual, 0, 1000, &ms));
	cr_assert_eq(ms, 5500);
}

Test(retry_schedule, the_tenth_attempt_is_the_last)
{
	int64_t ms = -7;

	cr_assert_not(
	    retry_schedule_next(&usual, RETRY_SCHEDULE_ATTEMPTS - 1, 0, &ms));
	cr_assert_not(retry_schedule_next(&usual, 1000000, 0, &ms));
	cr_assert_not(retry_schedule_next(&usual, -1, 0, &ms));
	cr_assert_eq(ms, -7);
}

/* The milliseconds of one delay, with the least and the most jitter. */
static const struct {
	struct retry_schedule schedule;
	int32_t retry_no;
	int64_t least_ms, most_ms; /* 0: there is no other attempt */
} own[] = {
	{ { 1, { 0 } }, 0, 0, 0 },
	{ { 2, { 1 } }, 0, 900, 1100 },
	{ { 2, { 1 } }, 1, 0, 0 },
	{ { 3, { 1, 60 } }, 1, 54000, 66000 },
	{ { 3, { 1, 60 } }, 9, 0, 0 },
	{ { 2, { 2592000 } }, 0, INT64_C(2332800000), INT64_C(2851200000) },
	{ { 20, { [18] = 7 } }, 18, 6300, 7700 },
	{ { 20, { [18] = 7 } }, 19, 0, 0 },
};

Test(retry_schedule, one_that_is_set_takes_the_place_of_the_default)
{
	for (size_t i = 0; i < COUNT(own); i++) {
		int64_t ms = 0, span = own[i].most_ms - own[i].least_ms;
		bool more = retry_schedule_next(&own[i].schedule,
		    own[i].retry_no, 0, &ms);

		cr_assert_eq(more, own[i].most_ms > 0, "case %zu", i);
		cr_assert_eq(ms, own[i].least_ms, "case %zu", i);
		if (!more)
			continue;
		cr_assert(retry_schedule_next(&own[i].schedule, own[i].retry_no,
		    (uint32_t)span, &ms));
		cr_assert_eq(ms, own[i].most_ms, "case %zu", i);
	}
}
