/* scheduler.c - a webhook that does not answer takes no other's place. */
#include "delivery/scheduler.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "delivery/concurrency_limit.h"
#include "delivery/prefetch.h"

#define MOST 16
#define CEILING 32

static struct attempt *
of_webhook(int webhook)
{
	struct attempt *a = attempt_new("u", 1, "b", 1);

	memset(a->webhook, 0, ID_BYTES);
	a->webhook[ID_BYTES - 4] = (unsigned char)webhook;
	a->webhook[0] = 1;
	a->secret_count = 1;
	return a;
}

static void
add(struct scheduler *s, int webhook, int count, long long now_ms)
{
	while (count-- > 0)
		scheduler_add(s, of_webhook(webhook), now_ms);
}

static void
done(struct scheduler *s, struct attempt *a, int status, long long now_ms)
{
	attempt_end(a, status == 0 ? ENDING_TIMEOUT : ENDING_ANSWERED, status);
	scheduler_done(s, a, now_ms);
}

static unsigned
ended(struct scheduler *s, enum ending ending)
{
	struct attempt *a = scheduler_ended(s), *next;
	unsigned count = 0;

	for (; a != NULL; a = next) {
		next = a->next;
		count += a->ending == ending;
		attempt_free(a);
	}
	return count;
}

/* Started and kept by the caller, at most 64. */
static unsigned
start_all(struct scheduler *s, struct attempt **started, long long now_ms)
{
	unsigned n = 0;

	while ((started[n] = scheduler_next(s, now_ms)) != NULL)
		n++;
	return n;
}

/* The webhook takes one, and so has proven that it answers. */
static void
prove(struct scheduler *s, int webhook)
{
	static long long before = -100000;
	struct attempt *a;

	add(s, webhook, 1, 0);
	a = scheduler_next(s, before++);
	cr_assert_not_null(a);
	done(s, a, 200, 0);
	cr_assert_eq(ended(s, ENDING_ANSWERED), 1);
}

static void
free_all(struct attempt **a, unsigned n)
{
	while (n-- > 0)
		attempt_free(a[n]);
}

Test(scheduler, eight_to_one_webhook_and_the_rest_in_turn)
{
	struct scheduler *s = scheduler_open(64, CEILING);
	struct attempt *a[64];

	prove(s, 1);
	add(s, 1, 20, 0);
	cr_assert_eq(start_all(s, a, 0), CONCURRENCY_INITIAL);
	cr_assert_eq(scheduler_waiting(s), 12);
	done(s, a[0], 404, 1);
	cr_assert_eq(start_all(s, a + 8, 1), 1);
	cr_assert_eq(scheduler_waiting(s), 11);
	cr_assert_eq(ended(s, ENDING_ANSWERED), 1);
	free_all(a + 1, 8);
	scheduler_close(s);
}

/* Answer so many rounds of its first webhook: how many the last had. */
static unsigned
answer_rounds(struct scheduler *s, int rounds, int status, long long *now_ms)
{
	unsigned n = 0, left;

	while (rounds-- > 0) {
		struct attempt *a[64];

		add(s, 1, CEILING, *now_ms);
		n = left = start_all(s, a, *now_ms);
		for (unsigned i = 0; i < n; i++)
			a[i]->began_ms = *now_ms;
		*now_ms += 100;
		while (left > 0)
			done(s, a[--left], status, *now_ms);
	}
	return n;
}

/* Nothing of it is in hand any longer. */
static void
answer_rest(struct scheduler *s, long long now_ms)
{
	struct attempt *a;

	while ((a = scheduler_next(s, now_ms)) != NULL)
		done(s, a, 404, now_ms);
}

Test(scheduler, a_webhook_that_takes_them_gets_more_up_to_the_ceiling)
{
	struct scheduler *s = scheduler_open(64, CEILING);
	long long now = 1000;

	prove(s, 1);
	cr_assert_eq(answer_rounds(s, 5, 200, &now), CEILING);
	scheduler_close(s);
}

Test(scheduler, its_own_ceiling_holds)
{
	struct scheduler *s = scheduler_open(64, CEILING);
	struct attempt *a[64];
	long long now = 1000;

	prove(s, 1);
	answer_rounds(s, 5, 200, &now);
	answer_rest(s, now);
	for (int i = 0; i < 10; i++) {
		struct attempt *next = of_webhook(1);

		next->max_in_flight = 3;
		scheduler_add(s, next, now);
	}
	cr_assert_eq(start_all(s, a, now), 3);
	free_all(a, 3);
	scheduler_close(s);
}

Test(scheduler, what_it_takes_is_still_known_when_it_comes_again)
{
	struct scheduler *s = scheduler_open(64, CEILING);
	long long now = 1000;
	struct attempt *a[64];

	prove(s, 1);
	answer_rounds(s, 5, 200, &now);
	answer_rest(s, now);
	add(s, 1, CEILING, now);
	cr_assert_eq(start_all(s, a, now), CEILING);
	free_all(a, CEILING);
	scheduler_close(s);
}

Test(scheduler, who_would_wait_for_too_many_answers_goes_back)
{
	struct scheduler *s = scheduler_open(64, CEILING);
	long long now = 1000;

	prove(s, 1);
	answer_rounds(s, 5, 200, &now);
	add(s, 1, 2 * CEILING, now);
	answer_rounds(s, 1, 200, &now);
	cr_assert_eq(ended(s, ENDING_RETURNED), 0);
	answer_rounds(s, 5, 500, &now);
	cr_assert_gt(ended(s, ENDING_RETURNED), 0);
	scheduler_close(s);
}

Test(scheduler, each_that_ends_says_how_many_its_webhook_takes)
{
	struct scheduler *s = scheduler_open(64, CEILING);
	struct attempt *a[64];

	prove(s, 1);
	add(s, 1, 20, 0);
	cr_assert_eq(start_all(s, a, 0), 8);
	cr_assert_eq(a[7]->beside, 8);
	done(s, a[7], 200, 1);
	cr_assert_eq(a[7]->limit, 9);
	cr_assert_eq(ended(s, ENDING_ANSWERED), 1);
	done(s, a[3], 429, 1);
	cr_assert_eq(a[3]->limit, 2, "%u", a[3]->limit);
	free_all(a, 3);
	free_all(a + 4, 3);
	scheduler_close(s);
}

Test(scheduler, a_hard_failure_sends_back_who_waits_behind_it)
{
	struct scheduler *s = scheduler_open(64, CEILING);
	struct attempt *a[64];

	prove(s, 1);
	add(s, 1, 20, 0);
	cr_assert_eq(start_all(s, a, 0), 8);
	done(s, a[0], 0, 15000);
	cr_assert_eq(ended(s, ENDING_RETURNED), 12);
	add(s, 1, 1, 15000);
	cr_assert_eq(ended(s, ENDING_RETURNED), 1, "and who comes then");
	free_all(a + 1, 7);
	scheduler_close(s);
}

Test(scheduler, a_plain_refusal_does_not)
{
	struct scheduler *s = scheduler_open(64, CEILING);
	struct attempt *a[64];

	prove(s, 1);
	add(s, 1, 20, 0);
	cr_assert_eq(start_all(s, a, 0), 8);
	done(s, a[0], 400, 1);
	cr_assert_eq(ended(s, ENDING_ANSWERED), 1);
	cr_assert_eq(scheduler_waiting(s), 11);
	free_all(a + 1, 7);
	scheduler_close(s);
}

Test(scheduler, what_waits_for_a_stalled_webhook_goes_back_in_time)
{
	struct scheduler *s = scheduler_open(64, CEILING);
	struct attempt *a[64];

	prove(s, 1);
	add(s, 1, 20, 0);
	cr_assert_eq(start_all(s, a, 0), 8);
	scheduler_return_stalled(s, SCHEDULER_STALLED_MS - 1);
	cr_assert_eq(scheduler_waiting(s), 12);
	scheduler_return_stalled(s, SCHEDULER_STALLED_MS);
	cr_assert_eq(ended(s, ENDING_DEFERRED), 12);
	free_all(a, 8);
	scheduler_close(s);
}

Test(scheduler, half_the_places_are_for_those_that_are_proven)
{
	struct scheduler *s = scheduler_open(MOST, CEILING);
	struct attempt *a[64];

	prove(s, 1);
	for (int w = 2; w < 40; w++)
		add(s, w, 1, 0);
	cr_assert_eq(start_all(s, a, 0), MOST / 2);
	add(s, 1, 1, 0);
	cr_assert_eq(start_all(s, a + MOST / 2, 0), 1);
	cr_assert_eq(a[MOST / 2]->webhook[ID_BYTES - 4], 1);
	free_all(a, MOST / 2 + 1);
	scheduler_close(s);
}

Test(scheduler, who_takes_a_delivery_slowly_is_on_probation)
{
	struct scheduler *s = scheduler_open(MOST, CEILING);
	struct attempt *a[64];

	prove(s, 1);
	add(s, 1, 1, 0);
	cr_assert_eq(start_all(s, a, 0), 1);
	cr_assert_not(a[0]->probation);
	a[0]->total_us = SCHEDULER_SLOW_MS * 1000;
	done(s, a[0], 200, SCHEDULER_SLOW_MS);
	add(s, 1, 1, SCHEDULER_SLOW_MS);
	cr_assert_eq(start_all(s, a, SCHEDULER_SLOW_MS), 1);
	cr_assert(a[0]->probation);
	cr_assert_not(a[0]->failing);
	free_all(a, 1);
	scheduler_close(s);
}

Test(scheduler, a_quarter_is_for_those_that_have_failed_before)
{
	struct scheduler *s = scheduler_open(MOST, CEILING);
	struct attempt *a[64], *b[64], *c[64];
	unsigned n;

	for (int webhook = 1; webhook <= MOST / 2; webhook++)
		add(s, webhook, 1, 0);
	n = start_all(s, a, 0);
	cr_assert_eq(n, MOST / 2);
	while (n-- > 0)
		done(s, a[n], 0, 15000);
	cr_assert_eq(ended(s, ENDING_TIMEOUT), MOST / 2);
	for (int webhook = 1; webhook <= MOST / 2; webhook++)
		add(s, webhook, 1, 20000);
	cr_assert_eq(start_all(s, a, 20000), MOST / 4);
	add(s, 40, 1, 20000);
	cr_assert_eq(start_all(s, b, 20000), 1,
	    "one that nothing is known of is not one of them");
	done(s, a[0], 200, 20001);
	cr_assert_eq(start_all(s, c, 20001), 1);
	free_all(a + 1, MOST / 4 - 1);
	free_all(b, 1);
	free_all(c, 1);
	scheduler_close(s);
}

Test(scheduler, those_on_probation_start_a_few_at_a_time)
{
	struct scheduler *s = scheduler_open(64, CEILING);
	struct attempt *a[64], *b[64], *c[64];

	prove(s, 99);
	for (int webhook = 1; webhook <= 20; webhook++)
		add(s, webhook, 1, 1000);
	cr_assert_eq(start_all(s, a, 1000), 8);
	cr_assert(scheduler_paused(s));
	add(s, 99, 1, 1000);
	cr_assert_eq(start_all(s, b, 1000), 1, "who is proven passes by");
	cr_assert_eq(b[0]->webhook[ID_BYTES - 4], 99);
	cr_assert_eq(start_all(s, c, 1001), 8);
	free_all(c, 8);
	cr_assert_eq(start_all(s, c, 1002), 4);
	cr_assert(!scheduler_paused(s));
	free_all(c, 4);
	free_all(a, 8);
	free_all(b, 1);
	scheduler_close(s);
}

Test(scheduler, the_last_quarter_is_for_those_with_hardly_any)
{
	struct scheduler *s = scheduler_open(MOST, CEILING);
	struct attempt *a[64];
	unsigned n;

	for (int w = 1; w <= 4; w++)
		prove(s, w);
	add(s, 1, 8, 0);
	add(s, 2, 8, 0);
	n = start_all(s, a, 0);
	cr_assert_eq(n, 12 + 0, "%u", n);
	add(s, 3, 8, 0);
	add(s, 4, 8, 0);
	n += start_all(s, a + n, 0);
	cr_assert_eq(n, MOST);
	cr_assert_eq(a[MOST - 1]->webhook[ID_BYTES - 4], 4);
	free_all(a, n);
	scheduler_close(s);
}

Test(scheduler, those_that_are_proven_stay_so_beside_each_other)
{
	struct scheduler *s = scheduler_open(MOST, CEILING);
	struct attempt *a[64];

	for (int w = 1; w <= 250; w++)
		prove(s, w);
	for (int w = 1; w <= 250; w += 25)
		add(s, w, 1, 0);
	cr_assert_eq(start_all(s, a, 0), 10);
	for (int i = 0; i < 10; i++)
		cr_assert_not(a[i]->probation);
	free_all(a, 10);
	scheduler_close(s);
}

Test(scheduler, those_on_probation_do_not_pile_up)
{
	struct scheduler *s = scheduler_open(MOST, CEILING);
	unsigned n;

	for (int w = 1; w < 200; w++)
		add(s, w, 1, 0);
	n = ended(s, ENDING_DEFERRED);
	cr_assert_gt(n, 100, "%u", n);
	scheduler_close(s);
}

/* However few they are. */
Test(scheduler, those_on_probation_do_not_hold_most_bytes)
{
	static const char body[PREFETCH_BODY_MAX];
	struct scheduler *s = scheduler_open(MOST, CEILING);

	for (int w = 1; w <= MOST; w++) {
		struct attempt *a = of_webhook(w),
			       *large = attempt_new("u", 1, body, sizeof body);

		memcpy(large->webhook, a->webhook, ID_BYTES);
		large->secret_count = 1;
		scheduler_add(s, large, 0);
		attempt_free(a);
	}
	cr_assert_eq(ended(s, ENDING_DEFERRED), MOST / 2);
	scheduler_close(s);
}

Test(scheduler, what_cannot_be_sent_ends_at_once)
{
	struct scheduler *s = scheduler_open(MOST, CEILING);
	struct attempt *gone = attempt_new("u", 1, NULL, 0);
	struct attempt *unsigned_one = of_webhook(1);

	scheduler_add(s, gone, 0);
	cr_assert_eq(ended(s, ENDING_EXPIRED), 1);
	unsigned_one->secret_count = 0;
	scheduler_add(s, unsigned_one, 0);
	cr_assert_eq(ended(s, ENDING_UNSIGNED), 1);
	scheduler_close(s);
}

Test(scheduler, what_was_returned_before_is_not_judged)
{
	struct scheduler *s = scheduler_open(MOST, CEILING);
	struct attempt *a = attempt_new("u", 1, NULL, 0);

	attempt_end(a, ENDING_RETURNED, 0);
	scheduler_add(s, a, 0);
	cr_assert_eq(ended(s, ENDING_RETURNED), 1);
	scheduler_close(s);
}

Test(scheduler, draining_sends_back_all_that_is_not_in_flight)
{
	struct scheduler *s = scheduler_open(64, CEILING);
	struct attempt *a[64];

	prove(s, 1);
	add(s, 1, 20, 0);
	cr_assert_eq(start_all(s, a, 0), 8);
	add(s, 2, 3, 0);
	scheduler_drain(s);
	cr_assert_null(scheduler_next(s, 0));
	add(s, 3, 1, 0);
	cr_assert_eq(ended(s, ENDING_RETURNED), 12 + 3 + 1);
	done(s, a[0], 200, 1);
	cr_assert_null(scheduler_next(s, 1));
	cr_assert_eq(scheduler_waiting(s), 0);
	free_all(a + 1, 7);
	scheduler_close(s);
	scheduler_close(NULL);
}

Test(scheduler, draining_waits_for_no_place)
{
	struct scheduler *s = scheduler_open(4, CEILING);
	struct attempt *a[5];

	prove(s, 1);
	prove(s, 2);
	add(s, 1, 4, 0);
	add(s, 2, 4, 0);
	cr_assert_eq(start_all(s, a, 0), 4);
	scheduler_drain(s);
	cr_assert_null(scheduler_next(s, 0));
	cr_assert_eq(ended(s, ENDING_RETURNED), 4);
	free_all(a, 4);
	scheduler_close(s);
}
