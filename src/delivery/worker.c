/* worker.c - the worker's loop: from the queue to the sender and back. */
#include "delivery/worker.h"

#include <poll.h>
#include <stdio.h>
#include <time.h>

#include "common/clock.h"
#include "common/compiler.h"
#include "common/log.h"
#include "common/notify.h"
#include "common/signals.h"
#include "delivery/burst.h"
#include "delivery/claim_plan.h"
#include "delivery/drain.h"
#include "delivery/prefetch.h"
#include "delivery/record_queue.h"
#include "delivery/reload.h"
#include "delivery/tally.h"
#include "delivery/webhook_health.h"

#define SIGN_BATCH 16 /* signed before the sender gets them */
#define WAKE_BATCH 32 /* a claim of so many wakes the worker up */
#define LOOK_MS 1000  /* at the latest, claim again */
#define PACE_MS 10    /* between claims while there is room for few */
#define POLL_MIN_MS 2 /* a publisher will not notify: claim so soon */
#define POLL_MAX_MS 64
#define DIAL_MIN_MS 100
#define DIAL_MAX_MS 500 /* or what it has in hand counts as lost */

struct worker {
	struct worker_parts parts;
	struct prefetch prefetch;
	struct record_queue *ended; /* not yet recorded */
	struct attempt *recording;  /* the first of them */
	struct claim_plan plan;
	struct burst burst;
	bool may_have_work;  /* a claim may find something */
	bool idle_announced; /* nothing was there; the database knows */
	enum queue_sleep sleep;
	long long look_ms; /* claim then, may_have_work or not */
	long long pace_ms; /* and not before, if there is room for few */
	int poll_ms, dial_ms;
	long long dial_at_ms;
	long long stop_ms; /* 0: not stopping; else stop then at the latest */
	struct drain drain;
};

static int
double_up_to(int ms, int max_ms)
{
	return ms * 2 > max_ms ? max_ms : ms * 2;
}

static void
bring_forward(long long *at, long long candidate)
{
	if (candidate < *at)
		*at = candidate;
}

static size_t
count_in_hand(const struct worker *w)
{
	return w->prefetch.hands[PREFETCH_ALL].count;
}

static bool
is_connected(const struct worker *w)
{
	return queue_db_socket(w->parts.queue) != -1;
}

static void
schedule_redial(struct worker *w)
{
	w->dial_at_ms = clock_now_ms() + w->dial_ms;
	w->dial_ms = double_up_to(w->dial_ms, DIAL_MAX_MS);
}

static bool
ensure_connected(struct worker *w)
{
	if (is_connected(w))
		return true;
	if (clock_now_ms() < w->dial_at_ms)
		return false;
	if (queue_db_connect(w->parts.queue)) {
		w->dial_ms = DIAL_MIN_MS;
		w->may_have_work = true;
		w->sleep = QUEUE_STANDBY;
		claim_plan_restart(&w->plan);
		return true;
	}
	schedule_redial(w);
	return false;
}

/* The first that has ended is dealt with. */
static void
release_first_recorded(struct worker *w)
{
	struct attempt *a = w->recording;

	w->recording = a->next;
	prefetch_remove(&w->prefetch, a);
	attempt_log(a);
	tally_attempt(a);
	webhook_health_add(a);
	attempt_free(a);
}

/* One by one, so that one that cannot be recorded harms no other. */
static bool
record_one_by_one(struct worker *w)
{
	while (w->recording != NULL) {
		struct attempt *rest = w->recording->next;
		enum queue_result result;

		w->recording->next = NULL;
		result = queue_db_record(w->parts.queue, w->recording);
		w->recording->next = rest;
		if (result == QUEUE_LOST)
			return false;
		release_first_recorded(w);
	}
	return true;
}

/* Has anything ended that is yet to be recorded? */
static bool
choose_ended(struct worker *w)
{
	record_queue_add(w->ended, sender_take(w->parts.sender, SIZE_MAX));
	if (w->recording == NULL)
		w->recording = record_queue_take(w->ended, QUEUE_DB_BATCH_MAX);
	return w->recording != NULL;
}

/* True when some were recorded. */
static bool
record_ended(struct worker *w)
{
	if (!choose_ended(w))
		return false;
	switch (queue_db_record(w->parts.queue, w->recording)) {
	case QUEUE_DONE:
		while (w->recording != NULL)
			release_first_recorded(w);
		break;
	case QUEUE_FAILED:
		if (record_one_by_one(w))
			break;
		/* fall through */
	case QUEUE_LOST:
		schedule_redial(w);
		return false;
	}
	/* a webhook may have been waiting for just this */
	w->may_have_work = true;
	return true;
}

/* The sender has little time, and finds what was signed this second. */
static void
sign_ahead(struct worker *w, struct attempt *a)
{
	char timestamp[ATTEMPT_TIMESTAMP_MAX + 1],
	    text[PLATFORM_SIGNER_TEXT_MAX];
	const char *content;
	size_t length;

	if (a->body == NULL || a->secret_count == 0)
		return;
	snprintf(timestamp, sizeof timestamp, "%lld", (long long)time(NULL));
	content = attempt_content(a, timestamp, &length);
	platform_signer_write(w->parts.signers, a->account, content, length,
	    text);
}

static void
hand_to_sender(struct worker *w, struct attempt *first)
{
	bool signs = platform_signer_key_count(w->parts.signers) > 0;

	while (signs && first != NULL) {
		struct attempt *part = first, *last = first;

		sign_ahead(w, last);
		for (int n = 1; n < SIGN_BATCH && last->next != NULL; n++) {
			last = last->next;
			sign_ahead(w, last);
		}
		first = last->next;
		last->next = NULL;
		sender_add(w->parts.sender, part);
	}
	if (first != NULL)
		sender_add(w->parts.sender, first);
}

/* Then there may be something to claim. */
static void
apply_notes(struct worker *w)
{
	if (queue_db_apply_notes(w->parts.queue) == QUEUE_DONE)
		w->may_have_work = true;
	else if (!is_connected(w))
		schedule_redial(w);
}

/* While much comes, publishers need not notify. */
static void
leave_idle_when_busy(struct worker *w, size_t taken, long long now)
{
	if (w->sleep == QUEUE_LISTENING &&
	    (taken >= WAKE_BATCH || burst_is_on(&w->burst, now)) &&
	    queue_db_leave_idle(w->parts.queue) == QUEUE_DONE)
		w->sleep = QUEUE_STANDBY;
}

static bool
claim_some(struct worker *w, struct queue_db_claim *c, long long now)
{
	const struct claim_order *order =
	    claim_plan_begin(&w->plan, &w->prefetch, now);

	w->look_ms = now + LOOK_MS;
	w->pace_ms = now + PACE_MS;
	w->may_have_work = false;
	if (queue_db_claim(w->parts.queue, order, &w->prefetch, c) ==
	    QUEUE_DONE)
		return true;
	claim_plan_fail(&w->plan);
	if (!is_connected(w))
		schedule_redial(w);
	return false;
}

/* True when something was claimed, which the sender then has. */
static bool
claim_deliveries(struct worker *w)
{
	long long began = clock_now_ms(), now, next;
	struct queue_db_claim c;

	if (!claim_some(w, &c, began))
		return false;
	now = clock_now_ms();
	next = claim_plan_end(&w->plan, &c.answer, began, now);
	bring_forward(&w->look_ms, next);
	w->may_have_work = next <= now;
	prefetch_add(&w->prefetch, c.first, c.seen_bytes);
	drain_note(&w->drain, c.first, began);
	hand_to_sender(w, c.first);
	if (c.answer.summary.notes)
		apply_notes(w);
	if (c.taken == 0 && c.answer.summary.fresh == 0 &&
	    c.answer.summary.backlogs == 0)
		return false;
	w->poll_ms = POLL_MIN_MS;
	burst_found(&w->burst, began);
	leave_idle_when_busy(w, c.taken, began);
	return c.taken > 0;
}

/* Claim again in a few milliseconds, in twice as many after that. */
static void
poll_soon(struct worker *w, long long now)
{
	bring_forward(&w->look_ms, now + w->poll_ms);
	w->poll_ms = double_up_to(w->poll_ms, POLL_MAX_MS);
}

/*
 * Nothing was there. Say so before waiting, so that the next publisher
 * notifies; then claim once more, for what was published in between.
 */
static void
go_idle(struct worker *w)
{
	bool was_listening = w->sleep == QUEUE_LISTENING;
	long long now = clock_now_ms();
	int wait_ms;

	if (queue_db_go_idle(w->parts.queue, &w->sleep, &wait_ms) !=
	    QUEUE_DONE) {
		if (!is_connected(w))
			schedule_redial(w);
		return;
	}
	w->idle_announced = true;
	if (!was_listening)
		claim_deliveries(w);
	if (wait_ms >= 0)
		bring_forward(&w->look_ms, now + wait_ms);
	if (w->sleep == QUEUE_POLLING)
		poll_soon(w, now);
}

static void
take_notifications(struct worker *w)
{
	if (queue_db_notified(w->parts.queue)) {
		w->may_have_work = true;
		tally_woken();
	}
}

static bool
has_room(const struct worker *w)
{
	return prefetch_rooms(&w->prefetch).of[PREFETCH_ALL] > 0;
}

/* For a few, a claim now and then is enough. */
static bool
is_soon_enough(const struct worker *w, long long now)
{
	return now >= w->pace_ms || prefetch_has_ample_room(&w->prefetch);
}

/* Claim if there is reason to; else prepare to wait. True: go on at once. */
static bool
claim_or_go_idle(struct worker *w, bool recorded, long long now)
{
	if (w->may_have_work || now >= w->look_ms) {
		if (!is_soon_enough(w, now))
			return recorded;
		w->idle_announced = false;
		if (claim_deliveries(w) || w->may_have_work)
			return true;
	}
	if (!recorded && !w->idle_announced) {
		if (burst_is_on(&w->burst, now))
			poll_soon(w, now);
		else
			go_idle(w);
	}
	/* a notification may have come with the answer to something else */
	take_notifications(w);
	return recorded || w->may_have_work;
}

/* One round of work; false when it is time to wait. */
static bool
run_round(struct worker *w)
{
	long long now = clock_now_ms();
	bool recorded;

	tally_turn(queue_db_number(w->parts.queue), count_in_hand(w));
	if (upkeep_take(w->parts.upkeep))
		w->may_have_work = true;
	if (!ensure_connected(w))
		return false;
	take_notifications(w);
	recorded = record_ended(w);
	if (w->stop_ms != 0 || !is_connected(w))
		return recorded;
	if (!has_room(w))
		return recorded;
	return claim_or_go_idle(w, recorded, now);
}

static long long
next_claim_ms(const struct worker *w)
{
	long long at = w->may_have_work ? 0 : w->look_ms;

	if (at < w->pace_ms && !prefetch_has_ample_room(&w->prefetch))
		return w->pace_ms;
	return at;
}

static int
choose_timeout(const struct worker *w)
{
	long long now = clock_now_ms(), until = now + LOOK_MS;

	if (!is_connected(w)) {
		bring_forward(&until, w->dial_at_ms);
	} else if (w->stop_ms == 0 && has_room(w)) {
		bring_forward(&until, next_claim_ms(w));
	}
	if (w->stop_ms != 0)
		bring_forward(&until, w->stop_ms);
	return until <= now ? 0 : (int)(until - now);
}

static void
tell_state(const struct worker *w, bool ready)
{
	notify_status(ready, "%zu deliveries in hand, the database is %s",
	    count_in_hand(w), is_connected(w) ? "there" : "away");
}

static void
tell_now_and_then(const struct worker *w)
{
	if (!notify_is_due())
		return;
	if (sender_is_alive(w->parts.sender))
		notify_alive();
	tell_state(w, false);
}

static void
handle_signal(struct worker *w)
{
	enum signal_wish wish = signals_take(w->parts.signals);

	if (wish == SIGNAL_RELOAD) {
		notify_reloading();
		reload_files(w->parts.keys, w->parts.signers, w->parts.sender);
		tell_state(w, true);
	} else if (wish == SIGNAL_STOP && w->stop_ms == 0) {
		notify_stopping();
		w->stop_ms = drain_until(&w->drain, clock_now_ms());
		upkeep_stop(w->parts.upkeep);
		sender_drain(w->parts.sender);
		log_line(LOG_NOTICE, "stopping: %zu deliveries in hand",
		    count_in_hand(w));
	}
}

static void
await_events(struct worker *w, int timeout_ms)
{
	struct pollfd p[] = {
		{ .fd = w->parts.signals, .events = POLLIN },
		{ .fd = sender_ready_fd(w->parts.sender), .events = POLLIN },
		{ .fd = queue_db_socket(w->parts.queue), .events = POLLIN },
		{ .fd = upkeep_fd(w->parts.upkeep), .events = POLLIN },
	};

	/* without a database, what has ended has to wait as well */
	if (p[2].fd == -1)
		p[1].fd = -1;
	if (poll(p, COUNT(p), timeout_ms) > 0 && p[0].revents != 0)
		handle_signal(w);
}

static bool
has_stopped(const struct worker *w)
{
	return w->stop_ms != 0 &&
	    (count_in_hand(w) == 0 || clock_now_ms() >= w->stop_ms);
}

static bool
open_rooms(struct worker *w)
{
	w->ended = record_queue_open();
	return prefetch_init(&w->prefetch, w->parts.in_flight) &&
	    claim_plan_init(&w->plan) && w->ended != NULL;
}

void
worker_run(const struct worker_parts *parts)
{
	struct worker w = { .parts = *parts,
		.dial_ms = DIAL_MIN_MS,
		.poll_ms = POLL_MIN_MS,
		.sleep = QUEUE_STANDBY };

	tally_places(parts->in_flight);
	if (!open_rooms(&w))
		goto out;
	ensure_connected(&w);
	tell_state(&w, true);
	while (!has_stopped(&w)) {
		tell_now_and_then(&w);
		await_events(&w, run_round(&w) ? 0 : choose_timeout(&w));
	}
	if (count_in_hand(&w) > 0)
		log_line(LOG_WARNING,
		    "stopped with %zu deliveries in hand: another worker sends "
		    "them again",
		    count_in_hand(&w));
out:
	attempt_free_all(w.recording);
	record_queue_close(w.ended);
	claim_plan_clear(&w.plan);
	prefetch_clear(&w.prefetch);
}
