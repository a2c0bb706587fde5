/* worker.c - the worker's loop: between the queue and the sender. */
#include "delivery/worker.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/option_table.h"
#include "common/pg.h"
#include "common/log.h"
#include "delivery/scan_cursor.h"
#include "delivery/webhook_table.h"
#include "delivery/scheduler.h"
#include "delivery/burst.h"

#define PREFETCH_PER_WEBHOOK \
	(4 * IN_FLIGHT_PER_WEBHOOK) /* of one webhook in hand */
#define SIGN_BATCH 16               /* signed before the sender gets them */
#define BUSY_FROM \
	IN_FLIGHT_PER_WEBHOOK /* fewer of one webhook are not counted */
#define ROOM_SHARE 4          /* claim when so large a part has ended */
#define WAKE_BATCH 32         /* a claim of so many wakes the worker up */
#define LOOK_MS 1000          /* at the latest, look again */
#define WATCH_MIN_MS 2        /* a publisher will not notify: look so soon */
#define WATCH_MAX_MS 64
#define RECOVER_MS 5000
#define MAINTAIN_MS 3600000
#define MAINTAIN_AGAIN_MS 60000 /* when it failed */
#define EXPIRE_PAUSE 4          /* so many times as long as a step took */
#define DIAL_MIN_MS 100
#define DIAL_MAX_MS 5000

struct worker {
	struct worker_parts parts;
	struct webhook_table *hand; /* active: in hand, of each webhook */
	size_t in_hand, capacity;
	size_t room_min;         /* do not claim for less, while busy */
	size_t bytes, bytes_max; /* of bodies in hand */
	size_t expected;         /* bytes of a body, as the last had */
	struct attempt *ended;   /* not yet recorded */
	struct scan_cursor bound;
	struct burst pace;
	bool may_have_work;  /* a claim may find something */
	bool idle_announced; /* nothing was there; it was said */
	enum queue_db_sleep sleep;
	long long look_ms; /* claim then, may_have_work or not */
	int watch_ms, dial_ms;
	long long recover_ms, maintain_ms, expire_ms, dial_at_ms, stop_ms;
};

static void
sooner(long long *at, long long candidate)
{
	if (candidate < *at)
		*at = candidate;
}

static void
lost(struct worker *d)
{
	long long now = clock_now_ms();

	d->dial_at_ms = now + d->dial_ms;
	d->dial_ms =
	    d->dial_ms * 2 > DIAL_MAX_MS ? DIAL_MAX_MS : d->dial_ms * 2;
}

static bool
connected(struct worker *d)
{
	if (queue_db_socket(d->parts.queue) != -1)
		return true;
	if (clock_now_ms() < d->dial_at_ms)
		return false;
	if (queue_db_connect(d->parts.queue)) {
		d->dial_ms = DIAL_MIN_MS;
		d->may_have_work = true;
		d->sleep = QUEUE_DB_STANDBY;
		d->bound = (struct scan_cursor){ 0 };
		return true;
	}
	lost(d);
	return false;
}

static void
let_go(struct worker *d, struct attempt *a)
{
	struct webhook_entry *m = webhook_table_get(d->hand, a->webhook);

	if (m != NULL && m->active > 0)
		m->active--;
	if (m != NULL && m->active == 0)
		webhook_table_remove(d->hand, m);
	d->in_hand--;
	d->bytes -= a->body_length;
	attempt_log(a);
	attempt_free(a);
}

/* One by one, so that one that cannot be recorded harms no other. */
static bool
record_each(struct worker *d)
{
	while (d->ended != NULL) {
		struct attempt *a = d->ended, *rest = a->next;

		a->next = NULL;
		if (queue_db_record(d->parts.queue, a) == QUEUE_DB_LOST) {
			a->next = rest;
			return false;
		}
		let_go(d, a);
		d->ended = rest;
	}
	return true;
}

static bool
record(struct worker *d)
{
	struct attempt *a;

	if (d->ended == NULL)
		d->ended = sender_take(d->parts.sender, QUEUE_DB_BATCH_MAX);
	if (d->ended == NULL)
		return false;
	switch (queue_db_record(d->parts.queue, d->ended)) {
	case QUEUE_DB_DONE:
		while ((a = d->ended) != NULL) {
			d->ended = a->next;
			let_go(d, a);
		}
		break;
	case QUEUE_DB_FAILED:
		if (record_each(d))
			break;
		/* fall through */
	case QUEUE_DB_LOST:
		lost(d);
		return false;
	}
	/* a webhook may have been waiting for just this */
	d->may_have_work = true;
	return true;
}

/* The sender has little time, and finds what was signed this second. */
static void
sign_ahead(struct worker *d, struct attempt *a)
{
	char timestamp[ATTEMPT_TIMESTAMP_MAX + 1],
	    text[PLATFORM_SIGNER_TEXT_MAX];
	const char *content;
	size_t length;

	if (a->body == NULL || a->secret_count == 0)
		return;
	snprintf(timestamp, sizeof timestamp, "%lld", (long long)time(NULL));
	content = attempt_content(a, timestamp, &length);
	platform_signer_write(d->parts.signers, content, length, text);
}

static void
hand_over(struct worker *d, struct attempt *first)
{
	bool signs = platform_signer_key_count(d->parts.signers) > 0;

	while (signs && first != NULL) {
		struct attempt *part = first, *last = first;

		sign_ahead(d, last);
		for (int n = 1; n < SIGN_BATCH && last->next != NULL; n++) {
			last = last->next;
			sign_ahead(d, last);
		}
		first = last->next;
		last->next = NULL;
		sender_add(d->parts.sender, part);
	}
	if (first != NULL)
		sender_add(d->parts.sender, first);
}

static void
take_in_hand(struct worker *d, const struct queue_db_claim *c)
{
	for (const struct attempt *a = c->first; a != NULL; a = a->next) {
		struct webhook_entry *m =
		    webhook_table_get(d->hand, a->webhook);

		if (m != NULL)
			m->active++;
	}
	d->in_hand += c->taken;
	d->bytes += c->taken_bytes;
	if (c->taken > 0)
		d->expected = c->seen_bytes / c->taken + 1;
	hand_over(d, c->first);
}

/* So many more may be in hand. */
static size_t
room_of(const struct worker *d)
{
	size_t room = d->capacity - d->in_hand;
	size_t bodies = (d->bytes_max - d->bytes) / d->expected;

	return room < bodies ? room : bodies;
}

/* Then there may be something to claim. */
static void
settle(struct worker *d)
{
	if (queue_db_apply_notes(d->parts.queue) == QUEUE_DB_DONE)
		d->may_have_work = true;
	else if (queue_db_socket(d->parts.queue) == -1)
		lost(d);
}

static bool
claim(struct worker *d)
{
	long long began = clock_now_ms();
	size_t room = room_of(d);
	struct queue_db_claim c = { .low = scan_cursor_low(&d->bound, began),
		.wanted = room > QUEUE_DB_BATCH_MAX ? QUEUE_DB_BATCH_MAX : room,
		.per_webhook = PREFETCH_PER_WEBHOOK,
		.in_hand = d->hand,
		.in_hand_from = BUSY_FROM,
		.bytes_max = d->bytes_max - d->bytes };

	if (queue_db_claim(d->parts.queue, &c) != QUEUE_DB_DONE) {
		if (queue_db_socket(d->parts.queue) == -1)
			lost(d);
		d->look_ms = began + LOOK_MS;
		d->may_have_work = false;
		return false;
	}
	scan_cursor_advance(&d->bound, c.low, c.high, began, clock_now_ms());
	if (c.more_waiting)
		scan_cursor_rescan(&d->bound);
	take_in_hand(d, &c);
	d->may_have_work = c.more;
	d->look_ms = began + LOOK_MS;
	if (c.notes)
		settle(d);
	if (!c.more)
		return false;
	d->watch_ms = WATCH_MIN_MS;
	burst_found(&d->pace, began);
	if (d->sleep == QUEUE_DB_LISTENING &&
	    (c.taken >= WAKE_BATCH || burst_is_on(&d->pace, began)) &&
	    queue_db_leave_idle(d->parts.queue) == QUEUE_DB_DONE)
		d->sleep = QUEUE_DB_STANDBY;
	return c.taken > 0;
}

/* Look again in a few milliseconds, in twice as many after that. */
static void
watch(struct worker *d, long long now)
{
	sooner(&d->look_ms, now + d->watch_ms);
	d->watch_ms =
	    d->watch_ms * 2 > WATCH_MAX_MS ? WATCH_MAX_MS : d->watch_ms * 2;
}

/* Nothing was there. Before waiting, say so; then look once more. */
static void
rest(struct worker *d)
{
	bool was_asleep = d->sleep == QUEUE_DB_LISTENING;
	long long now = clock_now_ms();
	int wait_ms;

	if (queue_db_go_idle(d->parts.queue, &d->sleep, &wait_ms) !=
	    QUEUE_DB_DONE) {
		if (queue_db_socket(d->parts.queue) == -1)
			lost(d);
		return;
	}
	d->idle_announced = true;
	if (!was_asleep)
		claim(d);
	if (wait_ms >= 0)
		sooner(&d->look_ms, now + wait_ms);
	if (d->sleep == QUEUE_DB_POLLING)
		watch(d, now);
}

static bool
has_room(const struct worker *d)
{
	size_t room = room_of(d);

	return room >= d->room_min || (room > 0 && d->in_hand == 0);
}

/* Many may have grown too old at once: in steps, and most of the time free. */
static void
expire(struct worker *d)
{
	long long began = clock_now_ms(), now;
	bool more;
	enum queue_db_result result = queue_db_expire(d->parts.queue, &more);

	now = clock_now_ms();
	if (result != QUEUE_DB_DONE)
		d->expire_ms = now + MAINTAIN_AGAIN_MS;
	else if (more)
		d->expire_ms = now + EXPIRE_PAUSE * (now - began);
	else
		d->expire_ms = now + MAINTAIN_MS;
}

/* What is to be done now and then; not while stopping. */
static void
keep_up(struct worker *d, long long now)
{
	if (now >= d->recover_ms) {
		queue_db_reclaim_expired(d->parts.queue);
		d->may_have_work = true;
		d->recover_ms = now + RECOVER_MS;
	}
	if (now >= d->maintain_ms && queue_db_socket(d->parts.queue) != -1) {
		d->maintain_ms = now +
		    (queue_db_maintain(d->parts.queue) == QUEUE_DB_DONE ?
			    MAINTAIN_MS :
			    MAINTAIN_AGAIN_MS);
	} else if (now >= d->expire_ms &&
	    queue_db_socket(d->parts.queue) != -1) {
		expire(d);
	}
	if (queue_db_socket(d->parts.queue) == -1)
		lost(d);
}

/* One round of work; false when it is time to wait. */
static bool
work(struct worker *d)
{
	long long now = clock_now_ms();
	bool did;

	if (!connected(d))
		return false;
	if (queue_db_notified(d->parts.queue))
		d->may_have_work = true;
	did = record(d);
	if (d->stop_ms != 0 || queue_db_socket(d->parts.queue) == -1)
		return did;
	keep_up(d, now);
	if (!has_room(d))
		return did;
	if (d->may_have_work || now >= d->look_ms) {
		d->idle_announced = false;
		if (claim(d) || d->may_have_work)
			return true;
	}
	if (!did && !d->idle_announced && burst_is_on(&d->pace, now))
		watch(d, now);
	else if (!did && !d->idle_announced)
		rest(d);
	/* a notification may have come with the answer to something else */
	if (queue_db_notified(d->parts.queue))
		d->may_have_work = true;
	return did || d->may_have_work;
}

static int
wait_ms(const struct worker *d)
{
	long long now = clock_now_ms(), until = now + LOOK_MS;

	if (queue_db_socket(d->parts.queue) == -1) {
		sooner(&until, d->dial_at_ms);
	} else if (d->stop_ms == 0) {
		sooner(&until, d->expire_ms);
		if (has_room(d))
			sooner(&until, d->look_ms);
	}
	if (d->stop_ms != 0)
		sooner(&until, d->stop_ms);
	return until <= now ? 0 : (int)(until - now);
}

static void
reload(struct worker *d)
{
	char why[OPTION_WHY_MAX];

	if (!secret_cache_reload(d->parts.keys, why, sizeof why))
		log_line(LOG_ERR, "the keys stay as they were: %s", why);
	else if (!platform_signer_reload(d->parts.signers, why, sizeof why))
		log_line(LOG_ERR, "the signing keys stay as they were: %s",
		    why);
	else
		log_line(LOG_NOTICE, "the keys have been read again");
}

static void
take_signal(struct worker *d)
{
	struct signalfd_siginfo info;

	if (read(d->parts.signals, &info, sizeof info) != sizeof info)
		return;
	if (info.ssi_signo == SIGHUP) {
		reload(d);
	} else if (d->stop_ms == 0) {
		d->stop_ms = clock_now_ms() + WORKER_DRAIN_MS;
		sender_drain(d->parts.sender);
		log_line(LOG_NOTICE, "stopping: %zu deliveries in hand",
		    d->in_hand);
	}
}

static void
await(struct worker *d)
{
	struct pollfd p[] = {
		{ .fd = d->parts.signals, .events = POLLIN },
		{ .fd = sender_ready_fd(d->parts.sender), .events = POLLIN },
		{ .fd = queue_db_socket(d->parts.queue), .events = POLLIN },
	};

	/* without a database, what has ended has to wait as well */
	if (p[2].fd == -1)
		p[1].fd = -1;
	if (poll(p, sizeof p / sizeof *p, wait_ms(d)) > 0 && p[0].revents != 0)
		take_signal(d);
}

static bool
over(const struct worker *d)
{
	return d->stop_ms != 0 &&
	    (d->in_hand == 0 || clock_now_ms() >= d->stop_ms);
}

void
worker_run(const struct worker_parts *parts)
{
	struct worker d = { .parts = *parts,
		.hand = webhook_table_open(),
		.capacity = 2 * (size_t)parts->in_flight,
		.room_min = (parts->in_flight + ROOM_SHARE - 1) / ROOM_SHARE,
		.bytes_max = (size_t)parts->in_flight * WORKER_BODY_MAX,
		.expected = WORKER_BODY_MAX,
		.dial_ms = DIAL_MIN_MS,
		.watch_ms = WATCH_MIN_MS,
		.sleep = QUEUE_DB_STANDBY };
	struct attempt *a;

	while (d.hand != NULL && !over(&d))
		if (!work(&d) || d.stop_ms != 0)
			await(&d);
	if (d.in_hand > 0)
		log_line(LOG_WARNING,
		    "%zu deliveries are left to their "
		    "leases",
		    d.in_hand);
	while ((a = d.ended) != NULL) {
		d.ended = a->next;
		attempt_free(a);
	}
	webhook_table_close(d.hand);
}
