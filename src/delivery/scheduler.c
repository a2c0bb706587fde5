/* scheduler.c - fair scheduler and concurrency limiter: what is sent next. */
#include "delivery/scheduler.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "delivery/prefetch.h"
#include "delivery/standing.h"
#include "delivery/webhook_table.h"

#define FEW 2                /* in flight to one webhook, of the last places */
#define PROBATION_AHEAD 64   /* on probation and not in flight, at most */
#define FAILING_AHEAD 32     /* of those, failing */
#define PROBATION_PER_TICK 8 /* started at one time: each may handshake */
#define WAITING_TURNS 16     /* who would wait for so many answers goes back */

struct scheduler {
	struct webhook_table *webhooks; /* active: ready or in flight */
	struct attempt *ready, **ready_end;
	struct attempt *ended, **ended_end;
	size_t waiting;
	unsigned in_flight_max, in_flight;
	unsigned in_flight_per_webhook;
	unsigned on_probation, probation_in_flight;
	unsigned failing, failing_in_flight; /* of those on probation */
	size_t bytes_max;                    /* of bodies in hand */
	size_t probation_bytes, failing_bytes;
	long long tick_ms;
	unsigned tick_probation; /* started at tick_ms */
	bool paused;             /* more might have been */
	bool draining;
	struct standing_memory standing;
};

struct scheduler *
scheduler_open(unsigned in_flight_max, unsigned in_flight_per_webhook)
{
	struct scheduler *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->in_flight_max = in_flight_max;
	s->in_flight_per_webhook = in_flight_per_webhook;
	s->bytes_max = prefetch_bytes_max(in_flight_max);
	s->ready_end = &s->ready;
	s->ended_end = &s->ended;
	s->webhooks = webhook_table_open();
	if (s->webhooks == NULL) {
		free(s);
		return NULL;
	}
	return s;
}

static void
free_waiting(struct webhook_entry *e, void *arg)
{
	(void)arg;
	attempt_free_all(e->waiting);
}

void
scheduler_close(struct scheduler *s)
{
	if (s == NULL)
		return;
	webhook_table_each(s->webhooks, 0, free_waiting, NULL);
	webhook_table_close(s->webhooks);
	attempt_free_all(s->ready);
	attempt_free_all(s->ended);
	free(s);
}

static void
classify_attempt(struct scheduler *s, struct attempt *a)
{
	standing_classify(&s->standing, a);
	s->on_probation += a->probation;
	s->failing += a->failing;
	s->probation_bytes += a->probation ? a->body_length : 0;
	s->failing_bytes += a->failing ? a->body_length : 0;
}

static void
end_attempt(struct scheduler *s, struct attempt *a)
{
	s->on_probation -= a->probation;
	s->failing -= a->failing;
	s->probation_bytes -= a->probation ? a->body_length : 0;
	s->failing_bytes -= a->failing ? a->body_length : 0;
	a->next = NULL;
	*s->ended_end = a;
	s->ended_end = &a->next;
}

static void
end_attempt_as(struct scheduler *s, struct attempt *a, enum ending ending,
    const char *error)
{
	attempt_end(a, ending, 0);
	snprintf(a->error, sizeof a->error, "%s", error);
	end_attempt(s, a);
}

/* Append it to those that may start when the limits let them. */
static void
queue_ready(struct scheduler *s, struct attempt *a)
{
	a->next = NULL;
	*s->ready_end = a;
	s->ready_end = &a->next;
}

/* Append it to those of its webhook that wait for one of them to end. */
static void
queue_waiting(struct scheduler *s, struct webhook_entry *e, struct attempt *a)
{
	a->next = NULL;
	*e->waiting_end = a;
	e->waiting_end = &a->next;
	e->waiting_count++;
	s->waiting++;
}

static struct attempt *
take_waiting(struct scheduler *s, struct webhook_entry *e)
{
	struct attempt *a = e->waiting;

	if (a == NULL)
		return NULL;
	s->waiting--;
	e->waiting_count--;
	e->waiting = a->next;
	if (e->waiting == NULL)
		e->waiting_end = &e->waiting;
	a->next = NULL;
	a->limit = e->limit;
	return a;
}

/* All but so many of those that wait. */
static void
end_waiting(struct scheduler *s, struct webhook_entry *e, unsigned but,
    enum ending ending)
{
	struct attempt *a;

	while (e->waiting_count > but && (a = take_waiting(s, e)) != NULL)
		end_attempt_as(s, a, ending, "");
}

/* One has ended: those that wait get the places that the limit now allows. */
static void
release_place(struct scheduler *s, struct webhook_entry *e)
{
	struct attempt *a;

	e->active--;
	while (e->active < e->limit && (a = take_waiting(s, e)) != NULL) {
		e->active++;
		queue_ready(s, a);
	}
	if (e->active == 0) {
		standing_keep_limit(&s->standing, e->webhook, &e->learned);
		webhook_table_remove(s->webhooks, e);
	}
}

/* So many wait for a webhook that takes few now that their leases would end. */
static void
return_surplus(struct scheduler *s, struct webhook_entry *e)
{
	if (e->waiting_count > WAITING_TURNS * e->limit)
		end_waiting(s, e, concurrency_limit_ahead(e->limit),
		    ENDING_RETURNED);
}

/* Do too many on probation wait already, or hold too many bytes? */
static bool
is_crowded(const struct scheduler *s, const struct attempt *a)
{
	unsigned max = s->in_flight_max;

	return (a->probation &&
		   (s->on_probation > max / 2 + PROBATION_AHEAD ||
		       s->probation_bytes - a->body_length >=
			   s->bytes_max / 2)) ||
	    (a->failing &&
		(s->failing > max / 4 + FAILING_AHEAD ||
		    s->failing_bytes - a->body_length >= s->bytes_max / 4));
}

/* Can it be sent at all, and may it wait for its place? Else end it. */
static bool
admit_attempt(struct scheduler *s, struct attempt *a)
{
	if (a->verdict != NULL)
		end_attempt(s, a);
	else if (a->body == NULL)
		end_attempt_as(s, a, ENDING_EXPIRED,
		    "its message is kept no longer");
	else if (a->secret_count == 0)
		end_attempt_as(s, a, ENDING_UNSIGNED,
		    "none of the worker's keys opens its secret");
	else if (s->draining)
		end_attempt_as(s, a, ENDING_RETURNED, "");
	else if (is_crowded(s, a))
		end_attempt_as(s, a, ENDING_DEFERRED, "");
	else
		return true;
	return false;
}

/* By what was learned, and by what the webhook asks for; 0: nothing. */
static void
set_limit(const struct scheduler *s, struct webhook_entry *e,
    unsigned max_in_flight)
{
	e->ceiling = s->in_flight_per_webhook;
	if (max_in_flight > 0 && max_in_flight < e->ceiling)
		e->ceiling = max_in_flight;
	e->limit = concurrency_limit_get(&e->learned, e->ceiling);
}

void
scheduler_add(struct scheduler *s, struct attempt *a, long long now_ms)
{
	struct webhook_entry *e;

	classify_attempt(s, a);
	if (!admit_attempt(s, a))
		return;
	e = webhook_table_get(s->webhooks, a->webhook);
	if (e == NULL || e->tripped) {
		end_attempt_as(s, a, ENDING_RETURNED, "");
		return;
	}
	if (e->active == 0) {
		e->moved_ms = now_ms;
		standing_find_limit(&s->standing, e->webhook, now_ms,
		    &e->learned);
	}
	set_limit(s, e, a->max_in_flight);
	if (e->active < e->limit) {
		e->active++;
		queue_ready(s, a);
		return;
	}
	queue_waiting(s, e, a);
}

static bool
may_start(struct scheduler *s, const struct attempt *a,
    const struct webhook_entry *e)
{
	unsigned max = s->in_flight_max;

	if (a->probation && s->probation_in_flight >= max - max / 2)
		return false;
	if (a->failing && s->failing_in_flight >= (max + 3) / 4)
		return false;
	if (e->in_flight >= FEW && s->in_flight >= max - max / 4)
		return false;
	if (!a->probation || s->tick_probation < PROBATION_PER_TICK)
		return true;
	s->paused = true;
	return false;
}

static void
count_start(struct scheduler *s, struct attempt *a, struct webhook_entry *e,
    long long now_ms)
{
	if (e->in_flight == 0)
		e->moved_ms = now_ms;
	a->beside = ++e->in_flight;
	s->in_flight++;
	s->probation_in_flight += a->probation;
	s->failing_in_flight += a->failing;
	s->tick_probation += a->probation;
}

static void
unlink_ready(struct scheduler *s, struct attempt **at)
{
	struct attempt *a = *at;

	*at = a->next;
	if (*at == NULL)
		s->ready_end = at;
	a->next = NULL;
}

struct attempt *
scheduler_next(struct scheduler *s, long long now_ms)
{
	struct attempt **at = &s->ready, *a;

	if (s->tick_ms != now_ms)
		s->tick_probation = 0;
	s->tick_ms = now_ms;
	s->paused = false;
	while ((a = *at) != NULL &&
	    (s->draining || s->in_flight < s->in_flight_max)) {
		struct webhook_entry *e =
		    webhook_table_get(s->webhooks, a->webhook);

		if (e->tripped || s->draining) {
			unlink_ready(s, at);
			end_attempt_as(s, a, ENDING_RETURNED, "");
			release_place(s, e);
		} else if (may_start(s, a, e)) {
			unlink_ready(s, at);
			count_start(s, a, e, now_ms);
			return a;
		} else {
			at = &a->next;
		}
	}
	return NULL;
}

static enum concurrency_news
judge_load(const struct attempt *a)
{
	const struct verdict *v = a->verdict;

	if (v->fate == FATE_SENT)
		return CONCURRENCY_TAKEN;
	if (v->hard)
		return v->honours_retry_after ? CONCURRENCY_BUSY
					      : CONCURRENCY_BROKEN;
	return a->status >= 500 ? CONCURRENCY_FAILED : CONCURRENCY_SILENT;
}

/* From the request to the first byte; a handshake before it says less. */
static int32_t
measure_latency(const struct attempt *a)
{
	int32_t asked = a->tls_us > 0 ? a->tls_us : a->connect_us;

	return a->first_us > asked ? a->first_us - asked : 0;
}

static void
learn_limit(struct webhook_entry *e, struct attempt *a, long long now_ms)
{
	concurrency_limit_learn(&e->learned,
	    &(struct concurrency_answer){ .news = judge_load(a),
		.latency_us = measure_latency(a),
		.began_ms = a->began_ms,
		.beside = a->beside },
	    e->ceiling, now_ms);
	e->limit = concurrency_limit_get(&e->learned, e->ceiling);
	a->limit = e->limit;
}

void
scheduler_done(struct scheduler *s, struct attempt *a, long long now_ms)
{
	struct webhook_entry *e = webhook_table_get(s->webhooks, a->webhook);

	e->in_flight--;
	s->in_flight--;
	s->probation_in_flight -= a->probation;
	s->failing_in_flight -= a->failing;
	e->moved_ms = now_ms;
	e->tripped = a->verdict->hard;
	standing_update(&s->standing, a, SCHEDULER_SLOW_MS);
	learn_limit(e, a, now_ms);
	if (e->tripped || s->draining)
		end_waiting(s, e, 0, ENDING_RETURNED);
	return_surplus(s, e);
	end_attempt(s, a);
	release_place(s, e);
}

/* A walk over the webhooks with all their places in use. */
struct sweep {
	struct scheduler *scheduler;
	long long now_ms;
	enum ending ending;
};

static void
return_if_stalled(struct webhook_entry *e, void *arg)
{
	struct sweep *sweep = arg;

	if (e->waiting != NULL &&
	    sweep->now_ms - e->moved_ms >= SCHEDULER_STALLED_MS)
		end_waiting(sweep->scheduler, e, 0, sweep->ending);
}

void
scheduler_return_stalled(struct scheduler *s, long long now_ms)
{
	struct sweep sweep = { s, now_ms, ENDING_DEFERRED };

	webhook_table_each(s->webhooks, 1, return_if_stalled, &sweep);
}

void
scheduler_drain(struct scheduler *s)
{
	struct sweep sweep = { s, INT64_MAX, ENDING_RETURNED };

	s->draining = true;
	webhook_table_each(s->webhooks, 1, return_if_stalled, &sweep);
}

struct attempt *
scheduler_ended(struct scheduler *s)
{
	struct attempt *first = s->ended;

	s->ended = NULL;
	s->ended_end = &s->ended;
	return first;
}

size_t
scheduler_waiting(const struct scheduler *s)
{
	return s->waiting;
}

bool
scheduler_paused(const struct scheduler *s)
{
	return s->paused;
}
