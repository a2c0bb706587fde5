/* scheduler.c - what is in hand is sent in turn, or goes back in time. */
#include "delivery/scheduler.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "common/compiler.h"
#include "delivery/concurrency_limit.h"
#include "delivery/webhook_line.h"

#define MOST 64
#define CEILING 32
#define STARTED_MAX 128

/* Webhooks from 100 on are of account 1, those from 200 on of 2, and so on. */
static struct attempt *
of_webhook(int webhook)
{
	struct attempt *a = attempt_new("u", 1, "b", 1);

	a->webhook[0] = (unsigned char)(webhook >> 8);
	a->webhook[1] = (unsigned char)webhook;
	a->account[0] = (unsigned char)(webhook / 100);
	a->secret_count = 1;
	return a;
}

static int
webhook_of(const struct attempt *a)
{
	return a->webhook[0] << 8 | a->webhook[1];
}

static void
add_as(struct scheduler *s, int webhook, enum standing standing, int count,
    long long now_ms)
{
	while (count-- > 0) {
		struct attempt *a = of_webhook(webhook);

		a->standing = standing;
		scheduler_add(s, a, now_ms);
	}
}

static void
add(struct scheduler *s, int webhook, int count, long long now_ms)
{
	add_as(s, webhook, STANDING_PROVEN, count, now_ms);
}

/* It was answered so; 0: not at all. */
static void
done(struct scheduler *s, struct attempt *a, int status, long long now_ms)
{
	attempt_end(a, status == 0 ? ENDING_TIMEOUT : ENDING_ANSWERED, status);
	scheduler_done(s, a, now_ms);
}

static unsigned
ended(struct scheduler *s, enum ending ending)
{
	struct attempt *first = scheduler_ended(s);
	unsigned count = 0;

	for (const struct attempt *a = first; a != NULL; a = a->next)
		count += a->ending == ending;
	attempt_free_all(first);
	return count;
}

/* Kept by the caller, at most STARTED_MAX. */
static unsigned
start_all(struct scheduler *s, struct attempt **started, long long now_ms)
{
	unsigned n = 0;

	while ((started[n] = scheduler_next(s, now_ms)) != NULL)
		n++;
	return n;
}

static void
close_with(struct scheduler *s, struct attempt **started, unsigned count)
{
	while (count-- > 0)
		attempt_free(started[count]);
	scheduler_close(s);
}

Test(scheduler, eight_to_one_webhook_and_the_rest_in_turn)
{
	struct scheduler *s = scheduler_open(MOST, CEILING);
	struct attempt *a[STARTED_MAX];

	add(s, 100, 20, 0);
	cr_assert_eq(start_all(s, a, 0), CONCURRENCY_INITIAL);
	cr_assert_eq(scheduler_waiting(s), 12);
	done(s, a[0], 404, 1);
	cr_assert_eq(start_all(s, a + 8, 1), 1);
	cr_assert_eq(scheduler_waiting(s), 11);
	cr_assert_eq(ended(s, ENDING_ANSWERED), 1);
	close_with(s, a + 1, 8);
}

/* Answer so many rounds of webhook 100: how many the last had. */
static unsigned
answer_rounds(struct scheduler *s, int rounds, int status, long long *now_ms)
{
	unsigned n = 0, left;

	while (rounds-- > 0) {
		struct attempt *a[STARTED_MAX];

		add(s, 100, CEILING, *now_ms);
		n = left = start_all(s, a, *now_ms);
		for (unsigned i = 0; i < n; i++) {
			a[i]->began_ms = *now_ms;
			a[i]->first_us = 100000;
		}
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
	struct scheduler *s = scheduler_open(MOST, CEILING);
	long long now = 1000;

	cr_assert_eq(answer_rounds(s, 5, 200, &now), CEILING);
	scheduler_close(s);
}

Test(scheduler, its_own_ceiling_holds)
{
	struct scheduler *s = scheduler_open(MOST, CEILING);
	struct attempt *a[STARTED_MAX];
	long long now = 1000;

	answer_rounds(s, 5, 200, &now);
	answer_rest(s, now);
	for (int i = 0; i < 10; i++) {
		struct attempt *next = of_webhook(100);

		next->max_in_flight = 3;
		scheduler_add(s, next, now);
	}
	cr_assert_eq(start_all(s, a, now), 3);
	close_with(s, a, 3);
}

Test(scheduler, what_it_takes_is_still_known_when_it_comes_again)
{
	struct scheduler *s = scheduler_open(MOST, CEILING);
	long long now = 1000;
	struct attempt *a[STARTED_MAX];

	answer_rounds(s, 5, 200, &now);
	answer_rest(s, now);
	add(s, 100, CEILING, now);
	cr_assert_eq(start_all(s, a, now), CEILING);
	close_with(s, a, CEILING);
}

Test(scheduler, who_would_wait_for_too_many_answers_goes_back)
{
	struct scheduler *s = scheduler_open(MOST, CEILING);
	long long now = 1000;

	answer_rounds(s, 5, 200, &now);
	add(s, 100, 2 * CEILING, now);
	answer_rounds(s, 1, 200, &now);
	cr_assert_eq(ended(s, ENDING_RETURNED), 0);
	answer_rounds(s, 5, 500, &now);
	cr_assert_gt(ended(s, ENDING_RETURNED), 0);
	scheduler_close(s);
}

Test(scheduler, each_that_ends_says_how_many_its_webhook_takes)
{
	struct scheduler *s = scheduler_open(MOST, CEILING);
	struct attempt *a[STARTED_MAX];

	add(s, 100, 20, 0);
	cr_assert_eq(start_all(s, a, 0), 8);
	cr_assert_eq(a[7]->beside, 8);
	done(s, a[7], 200, 1);
	cr_assert_eq(a[7]->limit, 9);
	cr_assert_eq(ended(s, ENDING_ANSWERED), 1);
	done(s, a[3], 429, 1);
	cr_assert_eq(a[3]->limit, 2, "%u", a[3]->limit);
	cr_assert(a[3]->stalled);
	a[7] = NULL;
	a[3] = NULL;
	close_with(s, a, 8);
}

/* An account's eight in flight, and twelve more behind them. */
static const struct {
	const char *what;
	int status;
	long long after_ms;
	unsigned returned;
} answers[] = {
	{ "a hard failure sends back all that wait", 0, 15000, 12 },
	{ "so does one that is busy", 429, 10, 12 },
	{ "a plain refusal does not", 400, 10, 0 },
	{ "nor an answer", 200, 10, 0 },
};

Test(scheduler, only_hard_failures_send_back_who_waits)
{
	for (size_t i = 0; i < COUNT(answers); i++) {
		struct scheduler *s = scheduler_open(MOST, CEILING);
		struct attempt *a[STARTED_MAX];

		add(s, 100, 20, 0);
		cr_assert_eq(start_all(s, a, 0), 8);
		done(s, a[7], answers[i].status, answers[i].after_ms);
		cr_expect_eq(ended(s, ENDING_RETURNED), answers[i].returned,
		    "%s", answers[i].what);
		add(s, 100, 1, answers[i].after_ms);
		cr_expect_eq(ended(s, ENDING_RETURNED), answers[i].returned > 0,
		    "who comes then: %s", answers[i].what);
		close_with(s, a, 7);
	}
}

/* How long the webhook usually takes, when it is looked at, what goes back. */
static const struct {
	const char *what;
	int usual_ms;
	long long at_ms;
	unsigned returned;
} waits[] = {
	{ "nothing is usual yet, and two seconds are not over", 0, 1999, 0 },
	{ "nothing is usual yet", 0, 2000, CEILING - 8 - 1 },
	{ "half a second is never long", 10, 499, 0 },
	{ "it is, for who takes ten milliseconds", 10, 500, CEILING - 1 },
	{ "less than four times as long as usual", 300, 1150, 0 },
	{ "four times as long as usual", 300, 1250, CEILING - 1 },
	{ "who always takes three seconds has not stalled", 3000, 4000, 0 },
};

static void
teach_usual(struct scheduler *s, int usual_ms, long long *now_ms)
{
	for (int round = 0; round < 8 && usual_ms > 0; round++) {
		struct attempt *a[STARTED_MAX];
		unsigned n;

		add(s, 100, CEILING, *now_ms);
		n = start_all(s, a, *now_ms);
		for (unsigned i = 0; i < n; i++) {
			a[i]->began_ms = *now_ms;
			a[i]->first_us = usual_ms * 1000;
		}
		*now_ms += usual_ms;
		while (n > 0)
			done(s, a[--n], 200, *now_ms);
		answer_rest(s, *now_ms);
	}
	attempt_free_all(scheduler_ended(s));
}

Test(scheduler, what_waits_for_a_stalled_webhook_goes_back_in_time)
{
	for (size_t i = 0; i < COUNT(waits); i++) {
		struct scheduler *s = scheduler_open(MOST, CEILING);
		struct attempt *a[STARTED_MAX];
		long long now = 1000;
		unsigned n, back;

		teach_usual(s, waits[i].usual_ms, &now);
		add(s, 100, CEILING, now);
		n = start_all(s, a, now);
		if (waits[i].usual_ms > 0)
			add(s, 100, CEILING, now);
		n += start_all(s, a + n, now);
		scheduler_return_stalled(s, now + waits[i].at_ms);
		back = ended(s, ENDING_RETURNED);
		cr_expect_eq(back > 0, waits[i].returned > 0, "%s: %u",
		    waits[i].what, back);
		if (back > 0)
			cr_expect_eq(scheduler_waiting(s),
			    SCHEDULER_STALLED_AHEAD, "%s", waits[i].what);
		close_with(s, a, n);
	}
}

Test(scheduler, who_comes_for_a_stalled_webhook_goes_back_at_once)
{
	struct scheduler *s = scheduler_open(MOST, CEILING);
	struct attempt *a[STARTED_MAX], *back;

	add(s, 100, 9, 0);
	cr_assert_eq(start_all(s, a, 0), 8);
	add(s, 100, 1, LINE_SLOW_MS);
	back = scheduler_ended(s);
	cr_assert_eq(back->ending, ENDING_RETURNED);
	cr_assert(back->stalled);
	cr_assert_eq(back->limit, 8);
	attempt_free(back);
	close_with(s, a, 8);
}

Test(scheduler, nothing_waits_until_its_lease_is_over)
{
	struct scheduler *s = scheduler_open(2, CEILING);
	struct attempt *a[STARTED_MAX];

	add(s, 100, 2, 0);
	cr_assert_eq(start_all(s, a, 0), 2);
	add(s, 200, 1, 0);
	add(s, 200, 1, 1);
	scheduler_return_stalled(s, SCHEDULER_WAIT_MS - 1);
	cr_assert_eq(ended(s, ENDING_RETURNED), 0);
	scheduler_return_stalled(s, SCHEDULER_WAIT_MS);
	cr_assert_eq(ended(s, ENDING_RETURNED), 1);
	cr_assert_eq(scheduler_waiting(s), 1);
	close_with(s, a, 2);
}

Test(scheduler, half_the_places_are_for_those_that_are_proven)
{
	struct scheduler *s = scheduler_open(16, CEILING);
	struct attempt *a[STARTED_MAX];

	for (int account = 1; account < 40; account++)
		add_as(s, 100 * account, STANDING_NEW, 1, 0);
	cr_assert_eq(start_all(s, a, 0), 8);
	add(s, 4000, 1, 0);
	cr_assert_eq(start_all(s, a + 8, 0), 1);
	cr_assert_eq(webhook_of(a[8]), 4000);
	close_with(s, a, 9);
}

Test(scheduler, a_quarter_is_for_those_that_are_failing)
{
	struct scheduler *s = scheduler_open(16, CEILING);
	struct attempt *a[STARTED_MAX];

	for (int account = 1; account < 20; account++)
		add_as(s, 100 * account, STANDING_FAILING, 1, 0);
	cr_assert_eq(start_all(s, a, 0), 4);
	add_as(s, 4000, STANDING_NEW, 1, 0);
	cr_assert_eq(start_all(s, a + 4, 0), 1,
	    "one that nothing is known of is not one of them");
	done(s, a[0], 200, 1);
	cr_assert_eq(start_all(s, a + 5, 1), 1);
	close_with(s, a + 1, 5);
}

/* What an answer says of what comes next; it was claimed as proven. */
static const struct {
	const char *what;
	int status;
	int32_t total_us;
	enum standing place;
} standings[] = {
	{ "who answers is proven", 200, 1000, STANDING_PROVEN },
	{ "who answers slowly is not", 200, 2000000, STANDING_NEW },
	{ "who refuses is what it was", 404, 1000, STANDING_PROVEN },
};

Test(scheduler, an_answer_tells_a_webhooks_standing)
{
	for (size_t i = 0; i < COUNT(standings); i++) {
		struct scheduler *s = scheduler_open(MOST, CEILING);
		struct attempt *a[STARTED_MAX];

		add(s, 100, 9, 0);
		cr_assert_eq(start_all(s, a, 0), 8);
		a[7]->total_us = standings[i].total_us;
		done(s, a[7], standings[i].status, 1);
		cr_assert_gt(start_all(s, a + 7, 1), 0);
		cr_expect_eq(a[7]->place, standings[i].place, "%s",
		    standings[i].what);
		close_with(s, a, 8);
	}
}

Test(scheduler, who_is_slow_now_is_not_proven)
{
	struct scheduler *s = scheduler_open(MOST, CEILING);
	struct attempt *a[STARTED_MAX];

	add(s, 100, 1, 0);
	cr_assert_eq(start_all(s, a, 0), 1);
	add(s, 100, 1, LINE_SLOW_MS - 1);
	cr_assert_eq(start_all(s, a + 1, LINE_SLOW_MS - 1), 1);
	cr_assert_eq(a[1]->place, STANDING_PROVEN);
	add(s, 100, 1, LINE_SLOW_MS - 1);
	cr_assert_eq(start_all(s, a + 2, LINE_SLOW_MS), 1);
	cr_assert_eq(a[2]->place, STANDING_NEW, "though it lined up before");
	done(s, a[0], 404, LINE_SLOW_MS);
	add(s, 100, 1, LINE_SLOW_MS);
	cr_assert_eq(start_all(s, a + 3, LINE_SLOW_MS), 1);
	cr_assert_eq(a[3]->place, STANDING_PROVEN, "once that has ended");
	close_with(s, a + 1, 3);
}

Test(scheduler, those_that_are_not_proven_start_a_few_at_a_time)
{
	struct scheduler *s = scheduler_open(128, CEILING);
	struct attempt *a[STARTED_MAX];

	for (int account = 1; account <= 20; account++)
		add_as(s, 100 * account, STANDING_NEW, 1, 1000);
	cr_assert_eq(start_all(s, a, 1000), 8);
	cr_assert(scheduler_paused(s));
	add(s, 2500, 1, 1000);
	cr_assert_eq(start_all(s, a + 8, 1000), 1, "who is proven passes by");
	cr_assert_eq(webhook_of(a[8]), 2500);
	cr_assert_eq(start_all(s, a + 9, 1001), 8);
	cr_assert_eq(start_all(s, a + 17, 1002), 4);
	cr_assert_not(scheduler_paused(s));
	close_with(s, a, 21);
}

Test(scheduler, what_could_go_and_did_not_is_counted)
{
	struct scheduler *s = scheduler_open(128, CEILING);
	struct attempt *a[STARTED_MAX];

	for (int account = 1; account <= 20; account++)
		add_as(s, 100 * account, STANDING_NEW, 1, 1000);
	cr_assert_eq(start_all(s, a, 1003), 8);
	cr_assert_eq(scheduler_figures(s).missed_ms, 8 * 3);
	cr_assert_eq(start_all(s, a + 8, 1004), 8);
	cr_assert_eq(scheduler_figures(s).missed_ms, 8 * 3 + 8);
	cr_assert_eq(start_all(s, a + 16, 1005), 4);
	cr_assert_eq(scheduler_figures(s).missed_ms, 8 * 3 + 8 + 4);
	done(s, a[0], 200, 1103);
	cr_assert_eq(scheduler_figures(s).held_ms, 100);
	close_with(s, a + 1, 19);
}

Test(scheduler, an_accounts_webhooks_have_their_turns)
{
	struct scheduler *s = scheduler_open(MOST, CEILING);
	static const int expected[] = { 100, 101, 102, 100, 101, 100, 101 };
	struct attempt *a[STARTED_MAX];

	add(s, 100, 3, 0);
	add(s, 101, 3, 0);
	add(s, 102, 1, 0);
	cr_assert_eq(start_all(s, a, 0), COUNT(expected));
	for (size_t i = 0; i < COUNT(expected); i++)
		cr_expect_eq(webhook_of(a[i]), expected[i], "%zu: %d", i,
		    webhook_of(a[i]));
	close_with(s, a, COUNT(expected));
}

Test(scheduler, who_holds_least_is_next)
{
	struct scheduler *s = scheduler_open(16, CEILING);
	struct attempt *a[STARTED_MAX];
	unsigned n;

	for (int webhook = 100; webhook < 140; webhook++)
		add(s, webhook, 1, 0);
	n = start_all(s, a, 0);
	cr_assert_eq(n, 13, "%u", n);
	add(s, 200, 8, 0);
	cr_assert_eq(start_all(s, a + n, 0), 2, "of the last places");
	done(s, a[0], 200, 1);
	done(s, a[1], 200, 1);
	done(s, a[2], 200, 1);
	cr_assert_eq(start_all(s, a + n + 2, 1), 2);
	cr_assert_eq(webhook_of(a[n + 2]), 200);
	cr_assert_eq(webhook_of(a[n + 3]), 200);
	close_with(s, a + 3, n + 1);
}

Test(scheduler, what_cannot_be_sent_ends_at_once)
{
	struct scheduler *s = scheduler_open(MOST, CEILING);
	struct attempt *gone = attempt_new("u", 1, NULL, 0);
	struct attempt *unsigned_one = of_webhook(100);

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

Test(scheduler, what_was_claimed_long_ago_may_be_another_workers)
{
	static const struct {
		long long claimed_ms, now_ms;
		unsigned started;
	} cases[] = {
		{ 0, 90000, 1 }, /* not known */
		{ 1, 1, 1 },
		{ 1, SCHEDULER_WAIT_MS, 1 },
		{ 1, SCHEDULER_WAIT_MS + 1, 0 },
		{ 1, 90000, 0 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct scheduler *s = scheduler_open(MOST, CEILING);
		struct attempt *a[STARTED_MAX], *claimed = of_webhook(100);
		unsigned started;

		claimed->since_ms = cases[i].claimed_ms;
		scheduler_add(s, claimed, cases[i].now_ms);
		started = start_all(s, a, cases[i].now_ms);
		cr_expect_eq(started, cases[i].started, "case %zu", i);
		cr_expect_eq(ended(s, ENDING_RETURNED), 1 - started);
		close_with(s, a, started);
	}
}

Test(scheduler, draining_sends_back_all_that_is_not_in_flight)
{
	struct scheduler *s = scheduler_open(MOST, CEILING);
	struct attempt *a[STARTED_MAX];

	add(s, 100, 20, 0);
	cr_assert_eq(start_all(s, a, 0), 8);
	add(s, 200, 3, 0);
	scheduler_drain(s);
	cr_assert_null(scheduler_next(s, 0));
	add(s, 300, 1, 0);
	cr_assert_eq(ended(s, ENDING_RETURNED), 12 + 3 + 1);
	done(s, a[7], 200, 1);
	cr_assert_null(scheduler_next(s, 1));
	cr_assert_eq(scheduler_waiting(s), 0);
	close_with(s, a, 7);
	scheduler_close(NULL);
}

Test(scheduler, draining_waits_for_no_place)
{
	struct scheduler *s = scheduler_open(4, CEILING);
	struct attempt *a[STARTED_MAX];

	add(s, 100, 4, 0);
	add(s, 200, 4, 0);
	cr_assert_eq(start_all(s, a, 0), 4);
	scheduler_drain(s);
	cr_assert_null(scheduler_next(s, 0));
	cr_assert_eq(ended(s, ENDING_RETURNED), 4);
	close_with(s, a, 4);
}
