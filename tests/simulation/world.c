/* world.c - a worker's scheduler among random accounts, event by event. */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "claims.h"

#define WHEEL_MS 32768 /* a power of two, beyond any time that is waited */
#define CLAIM_MS 2
#define SAMPLE_MS 50 /* between looks for places that stand empty */

/* What ends, and who publishes, at each millisecond. */
struct wheel {
	struct {
		int first; /* place that ends; -1: none */
		struct account *publishing;
	} at[WHEEL_MS];
	struct {
		struct attempt *attempt;
		int next;
	} * places;
	int idle;
	size_t in_flight;
};

static void *
allocate(size_t count, size_t bytes)
{
	void *p = calloc(count, bytes);

	if (p == NULL)
		abort();
	return p;
}

static void
set_capacities(struct share_pool *pools, size_t all, size_t more)
{
	pools[STANDING_PROVEN].capacity = all;
	pools[STANDING_NEW].capacity = (all + 1) / 2 + more;
	pools[STANDING_FAILING].capacity = (all + 3) / 4 + more / 2;
}

void
world_open(struct world *w, struct random *r, unsigned places)
{
	*w = (struct world){ .random = r, .heavy = true, .ended = true };
	w->scheduler = scheduler_open(places, CEILING);
	w->wheel = allocate(1, sizeof *w->wheel);
	w->wheel->places = allocate(places, sizeof *w->wheel->places);
	for (unsigned i = 0; i < places; i++)
		w->wheel->places[i].next = (int)i - 1;
	w->wheel->idle = (int)places - 1;
	for (int i = 0; i < WHEEL_MS; i++)
		w->wheel->at[i].first = -1;
	set_capacities(w->places, places, 0);
	set_capacities(w->hand, places, 64);
	w->hand[STANDING_PROVEN].capacity = 4 * (size_t)places;
}

void
world_close(struct world *w)
{
	for (int i = 0; i < WHEEL_MS; i++)
		for (int p = w->wheel->at[i].first; p >= 0;
		     p = w->wheel->places[p].next)
			attempt_free(w->wheel->places[p].attempt);
	scheduler_close(w->scheduler);
	free(w->wheel->places);
	free(w->wheel);
	free(w->accounts);
	free(w->webhooks);
}

static void *
grow(void *items, size_t *room, size_t count, size_t bytes)
{
	if (count <= *room)
		return items;
	*room = 2 * count;
	items = reallocarray(items, *room, bytes);
	if (items == NULL)
		abort();
	return items;
}

static int
choose_service_ms(struct random *r, enum shape shape)
{
	switch (shape) {
	case SHAPE_HANGING:
		return TIMEOUT_MS;
	case SHAPE_SLOW:
		return random_from(r, 2200, 5000);
	default:
		return random_from(r, 20, 200);
	}
}

void
world_add(struct world *w, enum shape shape, enum standing standing,
    unsigned webhooks, float weight)
{
	struct account *a;

	w->accounts = grow(w->accounts, &w->account_room, w->account_count + 1,
	    sizeof *w->accounts);
	w->webhooks = grow(w->webhooks, &w->webhook_room,
	    w->webhook_count + webhooks, sizeof *w->webhooks);
	memset(&w->webhooks[w->webhook_count], 0,
	    webhooks * sizeof *w->webhooks);
	a = &w->accounts[w->account_count++];
	*a = (struct account){ .shape = shape,
		.standing = standing,
		.weight = weight,
		.service_ms = choose_service_ms(w->random, shape),
		.an_hour = shape == SHAPE_BURSTY ? 200 : 600,
		.first = (unsigned)w->webhook_count,
		.webhooks = webhooks };
	for (unsigned i = 0; i < webhooks; i++)
		w->webhooks[w->webhook_count++].standing = standing;
}

/* Webhooks and accounts have moved while they were added. */
static void
link_accounts(struct world *w)
{
	for (size_t i = 0; i < w->account_count; i++)
		for (unsigned k = 0; k < w->accounts[i].webhooks; k++)
			w->webhooks[w->accounts[i].first + k].account =
			    &w->accounts[i];
}

static void
await_event(struct world *w, struct account *a)
{
	long long gap = random_gap_ms(w->random, a->an_hour);
	long long at = w->now_ms + (gap < WHEEL_MS - 1 ? gap : WHEEL_MS - 1);
	struct account **first = &w->wheel->at[at & (WHEEL_MS - 1)].publishing;

	a->next = *first;
	*first = a;
}

static int
choose_duration_ms(struct world *w, const struct account *a)
{
	int ms = a->service_ms;

	if (a->shape == SHAPE_HANGING)
		return ms;
	if (a->shape == SHAPE_SLOWING && w->now_ms >= w->slow_ms)
		ms = TIMEOUT_MS - 1500;
	return ms + random_from(w->random, 0, ms / 10);
}

static void
count_in_flight(struct world *w, const struct attempt *a, int change)
{
	struct webhook *h = &w->webhooks[a->id];

	h->in_flight += (unsigned)change;
	for (size_t pool = 0; pool <= a->place; pool++) {
		w->places[pool].used += (size_t)change;
		h->account->in_flight[pool] += (unsigned)change;
	}
}

static void
note_wait(struct world *w, const struct attempt *a, enum shape shape)
{
	long long added_ms;
	int ms;

	memcpy(&added_ms, a->body, sizeof added_ms);
	ms = added_ms == 0 ? 0 : (int)(w->now_ms - added_ms);
	if (shape == SHAPE_QUIET && ms > w->sight.quiet_ms)
		w->sight.quiet_ms = ms;
	if (shape == SHAPE_NOVEL && ms > w->sight.novel_ms)
		w->sight.novel_ms = ms;
}

static void
start_attempt(struct world *w, struct attempt *a)
{
	struct account *account = w->webhooks[a->id].account;
	int ms = choose_duration_ms(w, account), place = w->wheel->idle;
	int *first = &w->wheel->at[(w->now_ms + ms) & (WHEEL_MS - 1)].first;

	if (place < 0)
		abort();
	w->wheel->idle = w->wheel->places[place].next;
	w->wheel->places[place].attempt = a;
	w->wheel->places[place].next = *first;
	*first = place;
	w->wheel->in_flight++;
	a->began_ms = w->now_ms;
	a->total_us = a->first_us = ms * 1000;
	count_in_flight(w, a, 1);
	note_wait(w, a, account->shape);
	w->sight.starts++;
}

static void
finish_attempt(struct world *w, struct attempt *a)
{
	struct webhook *h = &w->webhooks[a->id];
	bool hangs = h->account->shape == SHAPE_HANGING;

	count_in_flight(w, a, -1);
	w->wheel->in_flight--;
	attempt_end(a, hangs ? ENDING_TIMEOUT : ENDING_ANSWERED,
	    hangs ? 0 : 200);
	if (hangs)
		h->standing = STANDING_FAILING;
	else if (h->account->shape != SHAPE_NOVEL)
		h->standing =
		    a->total_us < 2000000 ? STANDING_PROVEN : STANDING_NEW;
	if (hangs)
		h->cool_until_ms = w->now_ms + COOL_MS;
	scheduler_done(w->scheduler, a, w->now_ms);
}

/* What has come back is owed again, or over. */
static void
take_ended(struct world *w)
{
	struct attempt *a = scheduler_ended(w->scheduler), *next;

	w->ended |= a != NULL;
	for (; a != NULL; a = next) {
		struct webhook *h = &w->webhooks[a->id];

		next = a->next;
		claims_count(w, h, a->standing, -1);
		h->limit = a->limit;
		h->stalled = a->stalled;
		if (a->ending == ENDING_RETURNED) {
			h->owed++;
			h->account->owed++;
		}
		attempt_free(a);
	}
}

static void
run_events(struct world *w)
{
	int place = w->wheel->at[w->now_ms & (WHEEL_MS - 1)].first, next;
	struct account **publishing =
			   &w->wheel->at[w->now_ms & (WHEEL_MS - 1)].publishing,
		       *a;

	w->wheel->at[w->now_ms & (WHEEL_MS - 1)].first = -1;
	for (; place >= 0; place = next) {
		next = w->wheel->places[place].next;
		finish_attempt(w, w->wheel->places[place].attempt);
		w->wheel->places[place].next = w->wheel->idle;
		w->wheel->idle = place;
	}
	while ((a = *publishing) != NULL) {
		*publishing = a->next;
		if (!w->heavy)
			continue;
		world_publish(w, a);
		await_event(w, a);
	}
}

/* May the account have one more of this standing? As scheduler.h has it. */
static bool
may_start(const struct world *w, const struct account *a,
    enum standing standing)
{
	float most = (float)share_unit(&w->places[0]);

	for (size_t pool = 0; pool <= standing; pool++) {
		float unit = fminf(most, (float)share_unit(&w->places[pool]));
		float may = roundf(a->weight * unit);

		if (w->places[pool].used >= w->places[pool].capacity ||
		    (a->in_flight[pool] > 0 &&
			(float)a->in_flight[pool] >= may))
			return false;
		most = fmaxf(unit * 0.75F, SHARE_FEW);
	}
	return true;
}

static bool
is_ready(const struct webhook *h)
{
	return h->in_hand > h->in_flight && h->in_flight < h->limit;
}

bool
world_wants(const struct world *w, const struct account *a)
{
	if (a->in_hand[0] > a->in_flight[0])
		for (unsigned k = 0; k < a->webhooks; k++)
			if (is_ready(&w->webhooks[a->first + k]))
				return true;
	return false;
}

/*
 * Of an account's webhooks that are ready, those that may start, though the
 * scheduler has just said that nobody may.
 */
static size_t
count_missed_of(const struct world *w, const struct account *a)
{
	size_t missed = 0;

	if (a->in_hand[0] == a->in_flight[0] ||
	    !may_start(w, a, STANDING_PROVEN))
		return 0;
	for (unsigned k = 0; k < a->webhooks; k++) {
		const struct webhook *h = &w->webhooks[a->first + k];

		missed += is_ready(h) && may_start(w, a, h->standing);
	}
	return missed;
}

/* Not of those who become slow: their standing is not known here. */
static size_t
count_missed(const struct world *w)
{
	size_t missed = 0, empty = w->places[0].capacity - w->places[0].used;

	for (size_t i = 0; i < w->account_count && missed < empty; i++)
		if (w->accounts[i].shape != SHAPE_SLOWING)
			missed += count_missed_of(w, &w->accounts[i]);
	return missed < empty ? missed : empty;
}

static void
sample(struct world *w, double ms)
{
	w->sight.held += (double)w->places[0].used * ms;
	w->sight.missed += (double)count_missed(w) * ms;
	for (size_t i = 0; i < w->account_count; i++)
		w->accounts[i].held += w->accounts[i].in_flight[0] * ms;
}

static void
run_millisecond(struct world *w)
{
	struct attempt *a;

	w->now_ms++;
	run_events(w);
	if (w->now_ms % CLAIM_MS == 0 && w->ended)
		claims_make(w);
	if (w->now_ms % SCHEDULER_SWEEP_MS == 0)
		scheduler_return_stalled(w->scheduler, w->now_ms);
	while ((a = scheduler_next(w->scheduler, w->now_ms)) != NULL)
		start_attempt(w, a);
	take_ended(w);
	if (w->now_ms % SAMPLE_MS == 0)
		sample(w, SAMPLE_MS);
}

void
world_run(struct world *w, long long ms)
{
	if (w->now_ms == 0) {
		link_accounts(w);
		for (size_t i = 0; i < w->account_count; i++)
			if (!shape_is_heavy(w->accounts[i].shape))
				await_event(w, &w->accounts[i]);
	}
	w->sight.ms += ms;
	while (ms-- > 0)
		run_millisecond(w);
}

void
world_rest(struct world *w, long long ms)
{
	w->heavy = false;
	while (w->wheel->in_flight > 0 || scheduler_waiting(w->scheduler) > 0)
		run_millisecond(w);
	w->now_ms += ms;
}

void
world_look(struct world *w)
{
	w->sight = (struct sight){ 0 };
	for (size_t i = 0; i < w->account_count; i++) {
		struct account *a = &w->accounts[i];

		a->held = a->had = a->fair = 0;
		a->wanted = 0;
	}
}
