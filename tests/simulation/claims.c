/* claims.c - what a world's worker takes into hand ahead of its sender. */
#include "claims.h"

#include <stdlib.h>
#include <string.h>

#include "delivery/concurrency_limit.h"

#define LOOKED_AT 32 /* webhooks of an account at one claim */
#define CLAIMED 8    /* of an account at one turn */
#define BURST_MIN 20 /* events */
#define BURST_MAX 400
#define UNKNOWN_AHEAD 32 /* of a webhook whose limit is not known */
#define STALLED_AHEAD 2

void
claims_count(struct world *w, struct webhook *h, enum standing standing,
    int change)
{
	h->in_hand += (unsigned)change;
	for (size_t pool = 0; pool <= standing; pool++) {
		w->hand[pool].used += (size_t)change;
		h->account->in_hand[pool] += (unsigned)change;
	}
}

/* Its body is when it came into hand, if it is alone of its account. */
static void
add_attempt(struct world *w, size_t webhook)
{
	struct webhook *h = &w->webhooks[webhook];
	long long added_ms = h->account->in_hand[0] == 0 ? w->now_ms : 0;
	struct attempt *a =
	    attempt_new("", 0, (const char *)&added_ms, sizeof added_ms);
	uint32_t number = (uint32_t)(h->account - w->accounts);
	uint32_t webhook_number = (uint32_t)webhook;

	if (a == NULL)
		abort();
	a->id = (int64_t)webhook;
	memcpy(a->webhook + ID_BYTES - sizeof webhook_number, &webhook_number,
	    sizeof webhook_number);
	memcpy(a->account, &number, sizeof number);
	a->share = h->account->weight;
	a->standing = h->standing;
	a->secret_count = 1;
	h->owed--;
	h->account->owed--;
	claims_count(w, h, a->standing, 1);
	scheduler_add(w->scheduler, a, w->now_ms);
}

void
world_publish(struct world *w, struct account *a)
{
	unsigned count = a->shape == SHAPE_BURSTY
	    ? (unsigned)random_from(w->random, BURST_MIN, BURST_MAX)
	    : 1;

	while (count-- > 0) {
		size_t webhook = a->first + a->cursor++ % a->webhooks;

		w->webhooks[webhook].owed++;
		a->owed++;
		if (a->shape != SHAPE_BURSTY)
			add_attempt(w, webhook);
		w->ended = true;
	}
}

static unsigned
measure_webhook_room(const struct world *w, const struct webhook *h)
{
	unsigned ahead =
	    h->limit == 0 ? UNKNOWN_AHEAD : concurrency_limit_ahead(h->limit);

	if (h->cool_until_ms > w->now_ms)
		return 0;
	if (h->stalled || h->standing == STANDING_FAILING)
		ahead = STALLED_AHEAD;
	return ahead > h->in_hand ? ahead - h->in_hand : 0;
}

static bool
has_room(const struct world *w, const struct account *a, enum standing standing)
{
	for (size_t pool = 0; pool <= standing; pool++)
		if (a->in_hand[pool] >= share_limit(&w->hand[pool], a->weight))
			return false;
	return true;
}

/* One turn of an account: some of what it is owed, of each webhook in turn. */
static bool
claim_some(struct world *w, struct account *a)
{
	bool endless = w->heavy && shape_is_heavy(a->shape);
	unsigned claimed = 0;

	for (unsigned i = 0; i < LOOKED_AT && i < a->webhooks; i++) {
		size_t webhook = a->first + a->cursor++ % a->webhooks;
		struct webhook *h = &w->webhooks[webhook];

		if (endless && h->owed == 0) {
			h->owed++;
			a->owed++;
		}
		if (h->owed == 0 || measure_webhook_room(w, h) == 0 ||
		    !has_room(w, a, h->standing))
			continue;
		add_attempt(w, webhook);
		if (++claimed == CLAIMED)
			break;
	}
	return claimed > 0;
}

static bool
is_owed(const struct world *w, const struct account *a)
{
	return a->owed > 0 || (w->heavy && shape_is_heavy(a->shape));
}

/* Accounts that are owed something in turn, while there is room. */
void
claims_make(struct world *w)
{
	size_t idle = 0;

	while (
	    idle < w->account_count && w->hand[0].used < w->hand[0].capacity) {
		struct account *a = &w->accounts[w->turn];

		w->turn = w->turn + 1 < w->account_count ? w->turn + 1 : 0;
		idle = is_owed(w, a) && has_room(w, a, STANDING_PROVEN) &&
			claim_some(w, a)
		    ? 0
		    : idle + 1;
	}
	w->ended = false;
}
