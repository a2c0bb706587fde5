/* scheduler.c - nobody who does not answer has another's place. */
#include "delivery/scheduler.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#define MOST 16

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
add(struct scheduler *l, int webhook, int count, long long now_ms)
{
	while (count-- > 0)
		scheduler_add(l, of_webhook(webhook), now_ms);
}

static void
done(struct scheduler *l, struct attempt *a, int status, long long now_ms)
{
	a->ending = status == 0 ? ENDING_TIMEOUT : ENDING_ANSWERED;
	a->status = status;
	scheduler_done(l, a, now_ms);
}

static unsigned
ended(struct scheduler *l, enum ending ending)
{
	struct attempt *a = scheduler_ended(l), *next;
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
start_all(struct scheduler *l, struct attempt **started, long long now_ms)
{
	unsigned n = 0;

	while ((started[n] = scheduler_next(l, now_ms)) != NULL)
		n++;
	return n;
}

/* The webhook has taken one, and so is known to answer. */
static void
prove(struct scheduler *l, int webhook)
{
	static long long before = -100000;
	struct attempt *a;

	add(l, webhook, 1, 0);
	a = scheduler_next(l, before++);
	cr_assert_not_null(a);
	done(l, a, 200, 0);
	cr_assert_eq(ended(l, ENDING_ANSWERED), 1);
}

static void
free_all(struct attempt **a, unsigned n)
{
	while (n-- > 0)
		attempt_free(a[n]);
}

Test(scheduler, eight_to_one_webhook_and_the_rest_in_turn)
{
	struct scheduler *l = scheduler_open(64);
	struct attempt *a[64];

	prove(l, 1);
	add(l, 1, 20, 0);
	cr_assert_eq(start_all(l, a, 0), IN_FLIGHT_PER_WEBHOOK);
	cr_assert_eq(scheduler_waiting(l), 12);
	done(l, a[0], 200, 1);
	cr_assert_eq(start_all(l, a + 8, 1), 1);
	cr_assert_eq(scheduler_waiting(l), 11);
	cr_assert_eq(ended(l, ENDING_ANSWERED), 1);
	free_all(a + 1, 8);
	scheduler_close(l);
}

Test(scheduler, a_hard_failure_sends_back_who_waits_behind_it)
{
	struct scheduler *l = scheduler_open(64);
	struct attempt *a[64];

	prove(l, 1);
	add(l, 1, 20, 0);
	cr_assert_eq(start_all(l, a, 0), 8);
	done(l, a[0], 0, 15000);
	cr_assert_eq(ended(l, ENDING_RETURNED), 12);
	add(l, 1, 1, 15000);
	cr_assert_eq(ended(l, ENDING_RETURNED), 1, "and who comes then");
	free_all(a + 1, 7);
	scheduler_close(l);
}

Test(scheduler, a_plain_refusal_does_not)
{
	struct scheduler *l = scheduler_open(64);
	struct attempt *a[64];

	prove(l, 1);
	add(l, 1, 20, 0);
	cr_assert_eq(start_all(l, a, 0), 8);
	done(l, a[0], 400, 1);
	cr_assert_eq(ended(l, ENDING_ANSWERED), 1);
	cr_assert_eq(scheduler_waiting(l), 11);
	free_all(a + 1, 7);
	scheduler_close(l);
}

Test(scheduler, who_waits_in_vain_goes_back_in_time)
{
	struct scheduler *l = scheduler_open(64);
	struct attempt *a[64];

	prove(l, 1);
	add(l, 1, 20, 0);
	cr_assert_eq(start_all(l, a, 0), 8);
	scheduler_look(l, SCHEDULER_STILL_MS - 1);
	cr_assert_eq(scheduler_waiting(l), 12);
	scheduler_look(l, SCHEDULER_STILL_MS);
	cr_assert_eq(ended(l, ENDING_DEFERRED), 12);
	free_all(a, 8);
	scheduler_close(l);
}

Test(scheduler, half_the_places_are_for_those_known_to_answer)
{
	struct scheduler *l = scheduler_open(MOST);
	struct attempt *a[64];

	prove(l, 1);
	for (int w = 2; w < 40; w++)
		add(l, w, 1, 0);
	cr_assert_eq(start_all(l, a, 0), MOST / 2);
	add(l, 1, 1, 0);
	cr_assert_eq(start_all(l, a + MOST / 2, 0), 1);
	cr_assert_eq(a[MOST / 2]->webhook[ID_BYTES - 4], 1);
	free_all(a, MOST / 2 + 1);
	scheduler_close(l);
}

Test(scheduler, who_takes_a_delivery_slowly_is_not_known_to_answer)
{
	struct scheduler *l = scheduler_open(MOST);
	struct attempt *a[64];

	prove(l, 1);
	add(l, 1, 1, 0);
	cr_assert_eq(start_all(l, a, 0), 1);
	cr_assert_not(a[0]->probation);
	a[0]->times.total = SCHEDULER_SLOW_MS * 1000;
	done(l, a[0], 200, SCHEDULER_SLOW_MS);
	add(l, 1, 1, SCHEDULER_SLOW_MS);
	cr_assert_eq(start_all(l, a, SCHEDULER_SLOW_MS), 1);
	cr_assert(a[0]->probation);
	cr_assert_not(a[0]->failing);
	free_all(a, 1);
	scheduler_close(l);
}

Test(scheduler, a_quarter_is_for_those_that_have_failed_before)
{
	struct scheduler *l = scheduler_open(MOST);
	struct attempt *a[64], *b[64], *c[64];
	unsigned n;

	for (int webhook = 1; webhook <= MOST / 2; webhook++)
		add(l, webhook, 1, 0);
	n = start_all(l, a, 0);
	cr_assert_eq(n, MOST / 2);
	while (n-- > 0)
		done(l, a[n], 0, 15000);
	cr_assert_eq(ended(l, ENDING_TIMEOUT), MOST / 2);
	for (int webhook = 1; webhook <= MOST / 2; webhook++)
		add(l, webhook, 1, 20000);
	cr_assert_eq(start_all(l, a, 20000), MOST / 4);
	add(l, 40, 1, 20000);
	cr_assert_eq(start_all(l, b, 20000), 1,
	    "one that nothing is known of is not one of them");
	done(l, a[0], 200, 20001);
	cr_assert_eq(start_all(l, c, 20001), 1);
	free_all(a + 1, MOST / 4 - 1);
	free_all(b, 1);
	free_all(c, 1);
	scheduler_close(l);
}

Test(scheduler, those_on_trial_start_a_few_at_a_time)
{
	struct scheduler *l = scheduler_open(64);
	struct attempt *a[64], *b[64], *c[64];

	prove(l, 99);
	for (int webhook = 1; webhook <= 20; webhook++)
		add(l, webhook, 1, 1000);
	cr_assert_eq(start_all(l, a, 1000), 8);
	cr_assert(scheduler_paused(l));
	add(l, 99, 1, 1000);
	cr_assert_eq(start_all(l, b, 1000), 1, "who is known passes by");
	cr_assert_eq(b[0]->webhook[ID_BYTES - 4], 99);
	cr_assert_eq(start_all(l, c, 1001), 8);
	free_all(c, 8);
	cr_assert_eq(start_all(l, c, 1002), 4);
	cr_assert(!scheduler_paused(l));
	free_all(c, 4);
	free_all(a, 8);
	free_all(b, 1);
	scheduler_close(l);
}

Test(scheduler, the_last_quarter_is_for_those_with_hardly_any)
{
	struct scheduler *l = scheduler_open(MOST);
	struct attempt *a[64];
	unsigned n;

	for (int w = 1; w <= 4; w++)
		prove(l, w);
	add(l, 1, 8, 0);
	add(l, 2, 8, 0);
	n = start_all(l, a, 0);
	cr_assert_eq(n, 12 + 0, "%u", n);
	add(l, 3, 8, 0);
	add(l, 4, 8, 0);
	n += start_all(l, a + n, 0);
	cr_assert_eq(n, MOST);
	cr_assert_eq(a[MOST - 1]->webhook[ID_BYTES - 4], 4);
	free_all(a, n);
	scheduler_close(l);
}

Test(scheduler, those_that_are_known_stay_so_beside_each_other)
{
	struct scheduler *l = scheduler_open(MOST);
	struct attempt *a[64];

	for (int w = 1; w <= 250; w++)
		prove(l, w);
	for (int w = 1; w <= 250; w += 25)
		add(l, w, 1, 0);
	cr_assert_eq(start_all(l, a, 0), 10);
	for (int i = 0; i < 10; i++)
		cr_assert_not(a[i]->probation);
	free_all(a, 10);
	scheduler_close(l);
}

Test(scheduler, those_on_trial_do_not_pile_up)
{
	struct scheduler *l = scheduler_open(MOST);
	unsigned n;

	for (int w = 1; w < 200; w++)
		add(l, w, 1, 0);
	n = ended(l, ENDING_DEFERRED);
	cr_assert_gt(n, 100, "%u", n);
	scheduler_close(l);
}

Test(scheduler, what_cannot_be_sent_ends_at_once)
{
	struct scheduler *l = scheduler_open(MOST);
	struct attempt *gone = attempt_new("u", 1, NULL, 0);
	struct attempt *unsigned_one = of_webhook(1);

	scheduler_add(l, gone, 0);
	cr_assert_eq(ended(l, ENDING_EXPIRED), 1);
	unsigned_one->secret_count = 0;
	scheduler_add(l, unsigned_one, 0);
	cr_assert_eq(ended(l, ENDING_UNSIGNED), 1);
	scheduler_close(l);
}

Test(scheduler, what_was_returned_before_is_not_judged)
{
	struct scheduler *l = scheduler_open(MOST);
	struct attempt *a = attempt_new("u", 1, NULL, 0);

	a->ending = ENDING_RETURNED;
	scheduler_add(l, a, 0);
	cr_assert_eq(ended(l, ENDING_RETURNED), 1);
	scheduler_close(l);
}

Test(scheduler, draining_sends_back_all_that_is_not_in_flight)
{
	struct scheduler *l = scheduler_open(64);
	struct attempt *a[64];

	prove(l, 1);
	add(l, 1, 20, 0);
	cr_assert_eq(start_all(l, a, 0), 8);
	add(l, 2, 3, 0);
	scheduler_drain(l);
	cr_assert_null(scheduler_next(l, 0));
	add(l, 3, 1, 0);
	cr_assert_eq(ended(l, ENDING_RETURNED), 12 + 3 + 1);
	done(l, a[0], 200, 1);
	cr_assert_null(scheduler_next(l, 1));
	cr_assert_eq(scheduler_waiting(l), 0);
	free_all(a + 1, 7);
	scheduler_close(l);
	scheduler_close(NULL);
}
