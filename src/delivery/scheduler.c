/* scheduler.c - who goes next: so many to one webhook, so many in all. */
#include "delivery/scheduler.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "delivery/webhook_table.h"

#define MEMORY_SETS 4096 /* a power of two */
#define MEMORY_WAYS 4    /* with the same hash, the latest */
#define HARDLY_ANY 2     /* in flight to one webhook */
#define TRIAL_AHEAD 64   /* on trial and not in flight, at most */
#define SUSPECT_AHEAD 32 /* of those, suspects */
#define TRIALS_A_TURN 8  /* each may cost a handshake */

/* Webhooks, as many as there is place for. */
struct memory {
	unsigned char ids[MEMORY_SETS][MEMORY_WAYS][ID_BYTES];
};

struct scheduler {
	struct webhook_table *crowd; /* active: ready or in flight */
	struct attempt *ready, **ready_end;
	struct attempt *ended, **ended_end;
	size_t waiting;
	unsigned most, flying, trials, trials_flying;
	unsigned suspects, suspects_flying; /* of the trials */
	long long turn_ms;
	unsigned turn_trials; /* started at turn_ms */
	bool paused;          /* more might have been */
	bool draining;
	struct memory known;  /* they took their last soon enough */
	struct memory failed; /* they failed hard at it */
};

struct scheduler *
scheduler_open(unsigned in_flight)
{
	struct scheduler *l = calloc(1, sizeof *l);

	if (l == NULL)
		return NULL;
	l->most = in_flight;
	l->ready_end = &l->ready;
	l->ended_end = &l->ended;
	l->crowd = webhook_table_open();
	if (l->crowd == NULL) {
		free(l);
		return NULL;
	}
	return l;
}

static void
free_list(struct attempt *a)
{
	struct attempt *next;

	for (; a != NULL; a = next) {
		next = a->next;
		attempt_free(a);
	}
}

static void
free_waiting(struct webhook_entry *m, void *arg)
{
	(void)arg;
	free_list(m->waiting);
}

void
scheduler_close(struct scheduler *l)
{
	if (l == NULL)
		return;
	webhook_table_each(l->crowd, 0, free_waiting, NULL);
	webhook_table_close(l->crowd);
	free_list(l->ready);
	free_list(l->ended);
	free(l);
}

static unsigned char (
    *set_of(struct memory *m, const unsigned char webhook[ID_BYTES]))[ID_BYTES]
{
	uint32_t tail;

	memcpy(&tail, webhook + ID_BYTES - sizeof tail, sizeof tail);
	return m->ids[tail & (MEMORY_SETS - 1)];
}

/* Where the webhook is; NULL: it is not there. */
static unsigned char *
place_of(struct memory *m, const unsigned char webhook[ID_BYTES])
{
	unsigned char(*set)[ID_BYTES] = set_of(m, webhook);

	for (size_t i = 0; i < MEMORY_WAYS; i++)
		if (memcmp(set[i], webhook, ID_BYTES) == 0)
			return set[i];
	return NULL;
}

static void
keep(struct memory *m, const unsigned char webhook[ID_BYTES])
{
	unsigned char(*set)[ID_BYTES] = set_of(m, webhook);

	if (place_of(m, webhook) != NULL)
		return;
	memmove(set + 1, set, (MEMORY_WAYS - 1) * sizeof *set);
	memcpy(set, webhook, ID_BYTES);
}

static void
forget(struct memory *m, const unsigned char webhook[ID_BYTES])
{
	unsigned char *place = place_of(m, webhook);

	if (place != NULL)
		memset(place, 0, ID_BYTES);
}

static void
remember(struct scheduler *l, const struct attempt *a)
{
	const struct verdict *v = verdict_of(a->ending, a->status);

	if (v->fate == FATE_SENT) {
		if (a->times.total < SCHEDULER_SLOW_MS * 1000)
			keep(&l->known, a->webhook);
		else
			forget(&l->known, a->webhook);
		forget(&l->failed, a->webhook);
	} else if (v->hard) {
		forget(&l->known, a->webhook);
		keep(&l->failed, a->webhook);
	}
}

static void
classify(struct scheduler *l, struct attempt *a)
{
	a->probation = place_of(&l->known, a->webhook) == NULL;
	a->failing = a->probation &&
	    (a->number > 1 || place_of(&l->failed, a->webhook) != NULL);
	l->trials += a->probation;
	l->suspects += a->failing;
}

static void
end(struct scheduler *l, struct attempt *a)
{
	l->trials -= a->probation;
	l->suspects -= a->failing;
	a->next = NULL;
	*l->ended_end = a;
	l->ended_end = &a->next;
}

static void
end_as(struct scheduler *l, struct attempt *a, enum ending ending,
    const char *error)
{
	a->ending = ending;
	snprintf(a->error, sizeof a->error, "%s", error);
	end(l, a);
}

static void
make_ready(struct scheduler *l, struct attempt *a)
{
	a->next = NULL;
	*l->ready_end = a;
	l->ready_end = &a->next;
}

static struct attempt *
next_waiting(struct scheduler *l, struct webhook_entry *m)
{
	struct attempt *a = m->waiting;

	if (a == NULL)
		return NULL;
	l->waiting--;
	m->waiting = a->next;
	if (m->waiting == NULL)
		m->waiting_end = &m->waiting;
	a->next = NULL;
	return a;
}

static void
end_waiting(struct scheduler *l, struct webhook_entry *m, enum ending ending)
{
	struct attempt *a;

	while ((a = next_waiting(l, m)) != NULL)
		end_as(l, a, ending, "");
}

/* One of the webhook's is over: its place is another's, or nobody's. */
static void
leave(struct scheduler *l, struct webhook_entry *m)
{
	struct attempt *a = next_waiting(l, m);

	if (a != NULL)
		make_ready(l, a);
	else if (--m->active == 0)
		webhook_table_remove(l->crowd, m);
}

/* Can it be sent at all, and is there a place for it? */
static bool
welcome(struct scheduler *l, struct attempt *a)
{
	if (a->ending == ENDING_RETURNED)
		end(l, a);
	else if (a->body == NULL)
		end_as(l, a, ENDING_EXPIRED, "its message is kept no longer");
	else if (a->secret_count == 0)
		end_as(l, a, ENDING_UNSIGNED,
		    "none of the worker's keys opens its secret");
	else if (l->draining)
		end_as(l, a, ENDING_RETURNED, "");
	else if ((a->probation && l->trials > l->most / 2 + TRIAL_AHEAD) ||
	    (a->failing && l->suspects > l->most / 4 + SUSPECT_AHEAD))
		end_as(l, a, ENDING_DEFERRED, "");
	else
		return true;
	return false;
}

void
scheduler_add(struct scheduler *l, struct attempt *a, long long now_ms)
{
	struct webhook_entry *m;

	classify(l, a);
	if (!welcome(l, a))
		return;
	m = webhook_table_get(l->crowd, a->webhook);
	if (m == NULL || m->failing) {
		end_as(l, a, ENDING_RETURNED, "");
		return;
	}
	if (m->active == 0)
		m->moved_ms = now_ms;
	if (m->active < IN_FLIGHT_PER_WEBHOOK) {
		m->active++;
		make_ready(l, a);
		return;
	}
	a->next = NULL;
	*m->waiting_end = a;
	m->waiting_end = &a->next;
	l->waiting++;
}

static bool
may_start(struct scheduler *l, const struct attempt *a,
    const struct webhook_entry *m)
{
	unsigned spare = l->most / 4;

	if (a->probation && l->trials_flying >= l->most - l->most / 2)
		return false;
	if (a->failing && l->suspects_flying >= (l->most + 3) / 4)
		return false;
	if (m->flying >= HARDLY_ANY && l->flying >= l->most - spare)
		return false;
	if (!a->probation || l->turn_trials < TRIALS_A_TURN)
		return true;
	l->paused = true;
	return false;
}

static void
count_start(struct scheduler *l, const struct attempt *a,
    struct webhook_entry *m, long long now_ms)
{
	if (m->flying == 0)
		m->moved_ms = now_ms;
	m->flying++;
	l->flying++;
	l->trials_flying += a->probation;
	l->suspects_flying += a->failing;
	l->turn_trials += a->probation;
}

static void
unlink_ready(struct scheduler *l, struct attempt **at)
{
	struct attempt *a = *at;

	*at = a->next;
	if (*at == NULL)
		l->ready_end = at;
	a->next = NULL;
}

struct attempt *
scheduler_next(struct scheduler *l, long long now_ms)
{
	struct attempt **at = &l->ready, *a;

	if (l->turn_ms != now_ms)
		l->turn_trials = 0;
	l->turn_ms = now_ms;
	l->paused = false;
	while ((a = *at) != NULL && l->flying < l->most) {
		struct webhook_entry *m =
		    webhook_table_get(l->crowd, a->webhook);

		if (m->failing || l->draining) {
			unlink_ready(l, at);
			end_as(l, a, ENDING_RETURNED, "");
			leave(l, m);
		} else if (may_start(l, a, m)) {
			unlink_ready(l, at);
			count_start(l, a, m, now_ms);
			return a;
		} else {
			at = &a->next;
		}
	}
	return NULL;
}

void
scheduler_done(struct scheduler *l, struct attempt *a, long long now_ms)
{
	struct webhook_entry *m = webhook_table_get(l->crowd, a->webhook);

	m->flying--;
	l->flying--;
	l->trials_flying -= a->probation;
	l->suspects_flying -= a->failing;
	m->moved_ms = now_ms;
	m->failing = verdict_of(a->ending, a->status)->hard;
	remember(l, a);
	if (m->failing || l->draining)
		end_waiting(l, m, ENDING_RETURNED);
	end(l, a);
	leave(l, m);
}

struct look {
	struct scheduler *lineup;
	long long now_ms;
	enum ending ending;
};

static void
look_at(struct webhook_entry *m, void *arg)
{
	struct look *look = arg;

	if (m->waiting != NULL &&
	    look->now_ms - m->moved_ms >= SCHEDULER_STILL_MS)
		end_waiting(look->lineup, m, look->ending);
}

void
scheduler_look(struct scheduler *l, long long now_ms)
{
	struct look look = { l, now_ms, ENDING_DEFERRED };

	webhook_table_each(l->crowd, IN_FLIGHT_PER_WEBHOOK, look_at, &look);
}

void
scheduler_drain(struct scheduler *l)
{
	struct look look = { l, INT64_MAX, ENDING_RETURNED };

	l->draining = true;
	webhook_table_each(l->crowd, IN_FLIGHT_PER_WEBHOOK, look_at, &look);
}

struct attempt *
scheduler_ended(struct scheduler *l)
{
	struct attempt *first = l->ended;

	l->ended = NULL;
	l->ended_end = &l->ended;
	return first;
}

size_t
scheduler_waiting(const struct scheduler *l)
{
	return l->waiting;
}

bool
scheduler_paused(const struct scheduler *l)
{
	return l->paused;
}
