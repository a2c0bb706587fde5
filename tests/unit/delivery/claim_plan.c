/* claim_plan.c - where one claim after the other looks. */
#include "delivery/claim_plan.h"

#include <limits.h>
#include <string.h>

#include <criterion/criterion.h>

#define IN_FLIGHT 1024

static struct claim_plan plan;
static struct prefetch hand;
static long long now;

static void
open_plan(void)
{
	cr_assert(prefetch_init(&hand, IN_FLIGHT));
	cr_assert(claim_plan_init(&plan));
	hand.body_estimate = 1;
	now = 100000;
}

static void
close_plan(void)
{
	prefetch_clear(&hand);
	claim_plan_clear(&plan);
}

TestSuite(claim_plan, .init = open_plan, .fini = close_plan);

static const struct claim_order *
begin(void)
{
	return claim_plan_begin(&plan, &hand, now);
}

/* It took a millisecond, and found nothing but this. */
static long long
end_with(struct claim_answer answer)
{
	now++;
	return claim_plan_end(&plan, &answer, now - 1, now);
}

static long long
end(struct claim_row_summary summary)
{
	return end_with((struct claim_answer){ .summary = summary });
}

/* Claims, so that the tail is read from a bound and not from zero. */
static void
settle_at(int64_t high)
{
	for (int i = 0; i < 3; i++) {
		begin();
		end((struct claim_row_summary){ .high = high });
		now += SCAN_CURSOR_LATE_MS;
	}
	if (begin()->low == 0)
		end((struct claim_row_summary){ .high = high });
	else
		claim_plan_fail(&plan);
	cr_assert_eq(begin()->low, high);
	claim_plan_fail(&plan);
}

static struct owing_account
has_more(unsigned char account)
{
	struct owing_account more = { .low = 7, .due = OWING_NONE };

	memset(more.account, account, ID_BYTES);
	return more;
}

Test(claim_plan, the_first_claim_is_thorough)
{
	const struct claim_order *o = begin();

	cr_assert_eq(o->low, 0);
	cr_assert_eq(o->wanted, CLAIM_PLAN_MAX);
	cr_assert_eq(o->visit_count, 0);
	cr_assert_null(o->past, "the tail comes to all");
	cr_assert_eq(*o->lanes_low, INT64_MIN);
	cr_assert_eq(end((struct claim_row_summary){ 0 }), LLONG_MAX);
}

Test(claim_plan, it_wants_what_there_is_room_for)
{
	hand.hands[PREFETCH_ALL].count = 2 * IN_FLIGHT * 8 / 7 - 5;
	cr_assert_eq(begin()->wanted, 5);
}

Test(claim_plan, one_that_found_something_is_followed_by_the_next_at_once)
{
	begin();
	cr_assert_eq(end((struct claim_row_summary){ .fresh = 1 }), now);
	begin();
	cr_assert_eq(end((struct claim_row_summary){ .backlogs = 1 }),
	    now + CLAIM_PLAN_PACE_MS, "nothing came of it");
}

Test(claim_plan, a_lap_over_backlogs_goes_on_where_it_stopped)
{
	struct claim_row_summary stopped = { .lanes_go_on = true,
		.lanes_at = 42 };

	settle_at(100);
	begin();
	cr_assert_eq(end(stopped), now + CLAIM_PLAN_PACE_MS);
	cr_assert_eq(*begin()->lanes_low, 42);
	end((struct claim_row_summary){ 0 });
	cr_assert_null(begin()->lanes_low);
}

Test(claim_plan, when_very_many_backlogs_are_due_a_lap_over_accounts_begins)
{
	settle_at(100);
	begin();
	end((struct claim_row_summary){ .lanes_go_on = true });
	cr_assert_not_null(begin()->past);
	end((struct claim_row_summary){ 0 });
	cr_assert_null(begin()->past);
}

Test(claim_plan, a_long_lap_over_backlogs_is_rare)
{
	struct claim_row_summary stopped = { .lanes_go_on = true };
	long long began = now, ended;

	for (int i = 0; i < 100; i++) {
		begin();
		end(stopped);
		now += CLAIM_PLAN_PACE_MS;
	}
	cr_assert_not_null(begin()->lanes_low);
	end((struct claim_row_summary){ 0 });
	ended = now;
	while (begin()->lanes_low == NULL) {
		end((struct claim_row_summary){ 0 });
		now += CLAIM_PLAN_PACE_MS;
	}
	cr_assert_geq(now - ended, CLAIM_PLAN_LANES_SHARE * (ended - began));
}

Test(claim_plan, when_the_tail_is_clogged_a_lap_begins)
{
	struct claim_row_summary clogged = { .high = 200, .clogged = true },
				 lap = clogged;
	static const unsigned char start[ID_BYTES];

	settle_at(100);
	cr_assert_null(begin()->past);
	end(clogged);
	cr_assert_eq(memcmp(begin()->past, start, ID_BYTES), 0);
	lap.lap_goes_on = true;
	memset(lap.lap_at, 'k', ID_BYTES);
	end(lap);
	cr_assert_eq(memcmp(begin()->past, lap.lap_at, ID_BYTES), 0);
	end(clogged);
	cr_assert_eq(memcmp(begin()->past, start, ID_BYTES), 0, "anew");
	end((struct claim_row_summary){ .high = 300 });
	cr_assert_null(begin()->past);
}

/* What is passed is seen again from a distance, but not each time. */
Test(claim_plan, a_clogged_tail_is_read_on)
{
	settle_at(100);
	cr_assert_eq(begin()->low, 100);
	end((struct claim_row_summary){ .high = 200, .clogged = true });
	cr_assert_eq(begin()->low, 200);
	end((struct claim_row_summary){ .high = 300, .clogged = true });
	cr_assert_eq(begin()->low, 300);
	end((struct claim_row_summary){ .high = 310 });
	cr_assert_eq(begin()->low, 100);
}

Test(claim_plan, a_clogged_tail_is_read_from_behind_now_and_then)
{
	settle_at(100);
	begin();
	end((struct claim_row_summary){ .high = 200, .clogged = true });
	plan.back_ms = now - SCAN_CURSOR_LATE_MS;
	cr_assert_eq(begin()->low, 100);
	end((struct claim_row_summary){ .high = 150, .clogged = true });
	cr_assert_eq(begin()->low, 200, "not from where it has been");
}

/* What is before everybody's is passed over but once. */
Test(claim_plan, after_a_lap_that_began_later_the_tail_begins_behind_it_all)
{
	struct claim_row_summary clogged = { .high = 200,
		.clogged = true,
		.top = 9000 };

	settle_at(100);
	begin();
	end(clogged);
	clogged.top = 9999;
	cr_assert_neq(begin()->low, 9000);
	end(clogged);
	cr_assert_neq(begin()->low, 9000, "it began at the same time");
	now += SCAN_CURSOR_LATE_MS;
	end(clogged);
	cr_assert_neq(begin()->low, 9000);
	end(clogged);
	cr_assert_eq(begin()->low, 9000);
}

Test(claim_plan, a_thorough_read_has_a_lap_of_its_own)
{
	struct claim_row_summary clogged = { .high = 200, .clogged = true };

	begin();
	end(clogged);
	cr_assert_eq(begin()->low, 0);
	cr_assert_not_null(begin()->past);
	end(clogged);
	while (begin()->low == 0) {
		end((struct claim_row_summary){ .high = 200,
		    .lap_goes_on = true });
		now += SCAN_CURSOR_LATE_MS / 2;
	}
	cr_assert_null(begin()->past);
	end((struct claim_row_summary){ 0 });
	now += SCAN_CURSOR_RESCAN_MS;
	cr_assert_eq(begin()->low, 0);
	cr_assert_not_null(begin()->past);
}

Test(claim_plan, a_thorough_read_that_is_clogged_is_followed_by_another_read)
{
	settle_at(500);
	now += SCAN_CURSOR_RESCAN_MS;
	cr_assert_eq(begin()->low, 0);
	cr_assert_eq(end((struct claim_row_summary){ .clogged = true,
			 .high = 20,
			 .top = 500 }),
	    now, "what woke the worker may not be found");
	cr_assert_eq(begin()->low, 500);
	claim_plan_fail(&plan);
}

Test(claim_plan, who_has_more_is_visited_next)
{
	struct owing_account more[] = { has_more(1), has_more(2) };
	const struct claim_order *o;

	begin();
	cr_assert_leq(end_with((struct claim_answer){ .more = more,
			  .more_count = 2 }),
	    now);
	o = begin();
	cr_assert_eq(o->visit_count, 2);
	cr_assert_eq(o->visits[1].account[0], 2);
	cr_assert_eq(end((struct claim_row_summary){ 0 }), LLONG_MAX);
	cr_assert_eq(begin()->visit_count, 0);
}

Test(claim_plan, a_visit_in_vain_is_not_made_again_at_once)
{
	struct owing_account more[] = { has_more(1) };
	struct claim_answer answer = { .more = more, .more_count = 1 };

	begin();
	end_with(answer);
	begin();
	cr_assert_eq(end_with(answer), now + OWING_REST_MIN_MS);
	cr_assert_eq(begin()->visit_count, 0);
	cr_assert_eq(begin()->other_count, 1);
}

Test(claim_plan, who_has_no_room_is_not_visited)
{
	struct owing_account more[] = { has_more(1) };
	struct attempt *a = attempt_new("u", 1, "b", 1);

	memset(a->account, 1, ID_BYTES);
	a->share = 1;
	for (int i = 0; i < 2 * IN_FLIGHT; i++)
		prefetch_add(&hand, a, 1);
	begin();
	end_with((struct claim_answer){ .more = more, .more_count = 1 });
	cr_assert_eq(begin()->visit_count, 0);
	cr_assert_eq(end((struct claim_row_summary){ 0 }), LLONG_MAX,
	    "when there is room again it is asked");
	attempt_free(a);
}

Test(claim_plan, after_a_restart_nothing_is_known)
{
	struct owing_account more[] = { has_more(1) };

	settle_at(100);
	begin();
	end_with((struct claim_answer){ .more = more, .more_count = 1 });
	claim_plan_restart(&plan);
	cr_assert_eq(begin()->low, 0);
	cr_assert_eq(begin()->visit_count, 0);
}
