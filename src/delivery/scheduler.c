/* scheduler.c - fair scheduler and concurrency limiter: what is sent next. */
#include "delivery/scheduler.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "delivery/id_table.h"
#include "delivery/limit_memory.h"
#include "delivery/account_turns.h"
#include "delivery/webhook_line.h"

#define UNPROVEN_PER_TICK 8 /* started at one time: each may handshake */
#define WAITING_TURNS 16    /* who would wait for so many answers goes back */
#define NO_RING STANDING_COUNT

struct account {
	struct id_entry entry;
	struct account_turn turn;
	struct webhook_line *ready[STANDING_COUNT]; /* rings: the next first */
	size_t webhooks;                            /* with something in hand */
	bool joined;
};

struct scheduler {
	struct id_table *accounts, *webhooks;
	struct account_turns turns;
	struct attempt *ended, **ended_end;
	size_t waiting;
	unsigned in_flight_per_webhook;
	long long tick_ms;
	unsigned tick_unproven; /* started at tick_ms */
	bool paused;            /* more might have been */
	bool draining;
	bool moved;         /* since none was left that may start, one was */
	long long moved_ms; /* added or has ended, first at this time */
	struct scheduler_figures figures;
	struct limit_memory limits;
};

struct scheduler *
scheduler_open(unsigned in_flight_max, unsigned in_flight_per_webhook)
{
	struct scheduler *s = calloc(1, sizeof *s);

	if (s == NULL)
		return NULL;
	s->in_flight_per_webhook = in_flight_per_webhook;
	s->ended_end = &s->ended;
	account_turns_init(&s->turns, in_flight_max);
	s->accounts = id_table_open(sizeof(struct account));
	s->webhooks = id_table_open(sizeof(struct webhook_line));
	if (s->accounts != NULL && s->webhooks != NULL)
		return s;
	scheduler_close(s);
	return NULL;
}

static void
free_waiting(void *webhook, void *arg)
{
	struct webhook_line *w = webhook;

	(void)arg;
	attempt_free_all(w->waiting);
}

void
scheduler_close(struct scheduler *s)
{
	if (s == NULL)
		return;
	if (s->webhooks != NULL)
		id_table_each(s->webhooks, free_waiting, NULL);
	id_table_close(s->webhooks);
	id_table_close(s->accounts);
	account_turns_clear(&s->turns);
	attempt_free_all(s->ended);
	free(s);
}

static void
end_attempt(struct scheduler *s, struct attempt *a)
{
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

/* It goes back, and tells what its webhook takes. */
static void
return_attempt(struct scheduler *s, struct attempt *a,
    const struct webhook_line *w, bool stalled)
{
	a->limit = w->limit;
	a->stalled = stalled;
	end_attempt_as(s, a, ENDING_RETURNED, "");
}

/* All that wait, but the first so many. */
static void
return_waiting(struct scheduler *s, struct webhook_line *w, unsigned but,
    bool stalled)
{
	struct attempt *a = webhook_line_cut(w, but), *next;

	for (; a != NULL; a = next) {
		next = a->next;
		s->waiting--;
		return_attempt(s, a, w, stalled);
	}
}

/* Rings are of one account's webhooks of one standing that are ready. */
static void
leave_ring(struct scheduler *s, struct webhook_line *w)
{
	struct account *account = w->account;
	struct webhook_line **ring = &account->ready[w->ring];

	if (w->next == w)
		*ring = NULL;
	else if (*ring == w)
		*ring = w->next;
	w->next->before = w->before;
	w->before->next = w->next;
	if (*ring == NULL)
		account_turns_set_ready(&s->turns, &account->turn,
		    (enum standing)w->ring, false);
	w->ring = NO_RING;
}

/* As the last of its ring. */
static void
join_ring(struct scheduler *s, struct webhook_line *w, enum standing standing)
{
	struct account *account = w->account;
	struct webhook_line *first = account->ready[standing];

	w->ring = standing;
	w->next = w->before = w;
	if (first != NULL) {
		w->next = first;
		w->before = first->before;
		w->before->next = first->before = w;
		return;
	}
	account->ready[standing] = w;
	account_turns_set_ready(&s->turns, &account->turn, standing, true);
}

/* Into the ring where it belongs now, if it is in another. */
static void
place_in_ring(struct scheduler *s, struct webhook_line *w, long long now_ms)
{
	unsigned ring = webhook_line_is_ready(w)
	    ? (unsigned)webhook_line_standing(w, now_ms)
	    : NO_RING;

	if (ring == w->ring)
		return;
	if (w->ring != NO_RING)
		leave_ring(s, w);
	if (ring != NO_RING)
		join_ring(s, w, (enum standing)ring);
}

/* NULL: memory is short. */
static struct account *
find_account(struct scheduler *s, const struct attempt *a)
{
	float weight = a->share > 0 ? a->share : 1;
	struct account *account = id_table_get(s->accounts, a->account);

	if (account == NULL)
		return NULL;
	if (!account->joined &&
	    !account_turns_join(&s->turns, &account->turn, weight)) {
		id_table_remove(s->accounts, account);
		return NULL;
	}
	account->joined = true;
	if (account->turn.weight != weight)
		account_turns_set_weight(&s->turns, &account->turn, weight);
	return account;
}

/* Accounts are kept a little longer than what they have in hand. */
static void
drop_account(void *entry, void *arg)
{
	struct account *account = entry;
	struct scheduler *s = arg;

	if (account->webhooks > 0 ||
	    !account_turns_may_leave(&s->turns, &account->turn))
		return;
	account_turns_leave(&s->turns);
	id_table_remove(s->accounts, account);
}

/* NULL: memory is short. */
static struct webhook_line *
find_webhook(struct scheduler *s, const struct attempt *a, long long now_ms)
{
	struct account *account = find_account(s, a);
	struct webhook_line *w;

	if (account == NULL)
		return NULL;
	w = id_table_get(s->webhooks, a->webhook);
	if (w == NULL)
		return NULL;
	if (w->account == NULL) {
		webhook_line_init(w);
		w->account = account;
		w->ring = NO_RING;
		account->webhooks++;
		limit_memory_find(&s->limits, a->webhook, now_ms, &w->learned);
	}
	return w;
}

/* If it has nothing in hand any longer, only its limit is kept. */
static void
settle_webhook(struct scheduler *s, struct webhook_line *w, long long now_ms)
{
	struct account *account = w->account;

	place_in_ring(s, w, now_ms);
	if (w->in_flight > 0 || w->waiting_count > 0)
		return;
	limit_memory_keep(&s->limits, w->entry.id, &w->learned);
	id_table_remove(s->webhooks, w);
	account->webhooks--;
}

/* It may be another worker's by now, if this one was stopped meanwhile. */
static bool
came_late(const struct attempt *a, long long now_ms)
{
	return a->since_ms > 0 && now_ms - a->since_ms >= SCHEDULER_WAIT_MS;
}

/* Can it be sent at all? Else end it. */
static bool
admit_attempt(struct scheduler *s, struct attempt *a, long long now_ms)
{
	if (a->verdict != NULL)
		end_attempt(s, a);
	else if (a->body == NULL)
		end_attempt_as(s, a, ENDING_EXPIRED,
		    "its message is kept no longer");
	else if (a->secret_count == 0)
		end_attempt_as(s, a, ENDING_UNSIGNED,
		    "none of the worker's keys opens its secret");
	else if (a->headers_closed)
		end_attempt_as(s, a, ENDING_UNSIGNED,
		    "none of the worker's keys opens its headers");
	else if (s->draining || came_late(a, now_ms))
		end_attempt_as(s, a, ENDING_RETURNED, "");
	else
		return true;
	return false;
}

static void
note_move(struct scheduler *s, long long now_ms)
{
	if (!s->moved)
		s->moved_ms = now_ms;
	s->moved = true;
}

void
scheduler_add(struct scheduler *s, struct attempt *a, long long now_ms)
{
	struct webhook_line *w;

	if (!admit_attempt(s, a, now_ms))
		return;
	w = find_webhook(s, a, now_ms);
	if (w == NULL) {
		end_attempt_as(s, a, ENDING_RETURNED, "");
		return;
	}
	webhook_line_set_limit(w, s->in_flight_per_webhook, a->max_in_flight);
	if (w->tripped ||
	    (w->waiting_count >= SCHEDULER_STALLED_AHEAD &&
		webhook_line_has_stalled(w, now_ms))) {
		return_attempt(s, a, w, true);
	} else {
		webhook_line_push(w, a, now_ms);
		s->waiting++;
		note_move(s, now_ms);
	}
	place_in_ring(s, w, now_ms);
}

static struct attempt *
start_first(struct scheduler *s, struct webhook_line *w, long long now_ms)
{
	struct account *account = w->account;
	enum standing standing = (enum standing)w->ring;
	struct attempt *a = webhook_line_take(w);
	long long could_ms =
	    a->since_ms > s->moved_ms ? a->since_ms : s->moved_ms;

	s->figures.missed_ms += (unsigned long long)(now_ms - could_ms);
	s->waiting--;
	s->tick_unproven += standing != STANDING_PROVEN;
	account_turns_take(&s->turns, &account->turn, standing);
	webhook_line_start(w, a, standing, now_ms);
	account->ready[standing] = w->next;
	place_in_ring(s, w, now_ms);
	return a;
}

static bool
is_tick_full(const struct scheduler *s)
{
	return s->tick_unproven >= UNPROVEN_PER_TICK;
}

/* The next ready webhook, of whoever is next. NULL: none may start. */
static struct webhook_line *
find_next(struct scheduler *s, bool but_unproven, long long now_ms)
{
	enum standing standing;
	struct account_turn *turn;

	while ((turn = account_turns_next(&s->turns, but_unproven,
		    &standing)) != NULL) {
		struct account *account = (struct account *)((char *)turn -
		    offsetof(struct account, turn));
		struct webhook_line *w = account->ready[standing];

		if (webhook_line_standing(w, now_ms) == standing)
			return w;
		place_in_ring(s, w, now_ms);
	}
	return NULL;
}

struct attempt *
scheduler_next(struct scheduler *s, long long now_ms)
{
	struct webhook_line *w;

	if (s->tick_ms != now_ms)
		s->tick_unproven = 0;
	s->tick_ms = now_ms;
	s->paused = false;
	w = find_next(s, is_tick_full(s), now_ms);
	if (w != NULL)
		return start_first(s, w, now_ms);
	s->paused = is_tick_full(s) && find_next(s, false, now_ms) != NULL;
	s->moved = s->paused;
	s->moved_ms = now_ms;
	return NULL;
}

void
scheduler_done(struct scheduler *s, struct attempt *a, long long now_ms)
{
	struct webhook_line *w = id_table_find(s->webhooks, a->webhook);
	struct account *account = w->account;
	long long held_ms = now_ms - a->since_ms;

	webhook_line_end(w, a);
	account_turns_give(&s->turns, &account->turn, a->place, held_ms);
	s->figures.held_ms += (unsigned long long)held_ms;
	note_move(s, now_ms);
	webhook_line_learn(w, a, now_ms);
	if (w->tripped)
		return_waiting(s, w, 0, true);
	else if (w->waiting_count > WAITING_TURNS * w->limit)
		return_waiting(s, w, concurrency_limit_ahead(w->limit), false);
	a->limit = w->limit;
	a->stalled = w->tripped || webhook_line_has_stalled(w, now_ms);
	end_attempt(s, a);
	settle_webhook(s, w, now_ms);
}

struct sweep {
	struct scheduler *scheduler;
	long long now_ms;
};

static void
return_if_stalled(void *webhook, void *arg)
{
	struct webhook_line *w = webhook;
	struct sweep *sweep = arg;
	struct scheduler *s = sweep->scheduler;
	bool stalled = webhook_line_has_stalled(w, sweep->now_ms);

	if (stalled)
		return_waiting(s, w, SCHEDULER_STALLED_AHEAD, true);
	while (w->waiting != NULL &&
	    sweep->now_ms - w->waiting->since_ms >= SCHEDULER_WAIT_MS) {
		s->waiting--;
		return_attempt(s, webhook_line_take(w), w, stalled);
	}
	settle_webhook(s, w, sweep->now_ms);
}

void
scheduler_return_stalled(struct scheduler *s, long long now_ms)
{
	struct sweep sweep = { s, now_ms };

	id_table_each(s->webhooks, return_if_stalled, &sweep);
	id_table_each(s->accounts, drop_account, s);
}

static void
return_all(void *webhook, void *arg)
{
	struct webhook_line *w = webhook;

	return_waiting(arg, w, 0, false);
	settle_webhook(arg, w, 0);
}

void
scheduler_drain(struct scheduler *s)
{
	s->draining = true;
	id_table_each(s->webhooks, return_all, s);
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

struct scheduler_figures
scheduler_figures(const struct scheduler *s)
{
	return s->figures;
}
