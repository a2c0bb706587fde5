/* standing.c - remembers which webhooks answer, and how many at once. */
#include "delivery/standing.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef unsigned char webhook_id[ID_BYTES];

/* The end of a UUIDv7 is random. */
static uint32_t
choose_set(const webhook_id webhook, uint32_t sets)
{
	uint32_t tail;

	memcpy(&tail, webhook + ID_BYTES - sizeof tail, sizeof tail);
	return tail & (sets - 1);
}

static webhook_id *
find_set(struct standing_ids *ids, const webhook_id webhook)
{
	return ids->sets[choose_set(webhook, STANDING_SETS)];
}

/* Where the webhook is; NULL: it is not there. */
static unsigned char *
find_id(struct standing_ids *ids, const webhook_id webhook)
{
	webhook_id *set = find_set(ids, webhook);

	for (size_t i = 0; i < STANDING_WAYS; i++)
		if (memcmp(set[i], webhook, ID_BYTES) == 0)
			return set[i];
	return NULL;
}

static void
add_id(struct standing_ids *ids, const webhook_id webhook)
{
	webhook_id *set = find_set(ids, webhook);

	if (find_id(ids, webhook) != NULL)
		return;
	memmove(set + 1, set, (STANDING_WAYS - 1) * sizeof *set);
	memcpy(set, webhook, ID_BYTES);
}

static void
remove_id(struct standing_ids *ids, const webhook_id webhook)
{
	unsigned char *place = find_id(ids, webhook);

	if (place != NULL)
		memset(place, 0, ID_BYTES);
}

void
standing_classify(struct standing_memory *s, struct attempt *a)
{
	a->probation = find_id(&s->proven, a->webhook) == NULL;
	a->failing = a->probation &&
	    (a->attempt_no > 1 || find_id(&s->failed, a->webhook) != NULL);
}

void
standing_update(struct standing_memory *s, const struct attempt *a, int slow_ms)
{
	const struct verdict *v = a->verdict;

	if (v->fate == FATE_SENT) {
		if (a->total_us < slow_ms * 1000)
			add_id(&s->proven, a->webhook);
		else
			remove_id(&s->proven, a->webhook);
		remove_id(&s->failed, a->webhook);
	} else if (v->hard) {
		remove_id(&s->proven, a->webhook);
		add_id(&s->failed, a->webhook);
	}
}

void
standing_keep_limit(struct standing_memory *s, const webhook_id webhook,
    const struct concurrency_limit *l)
{
	struct standing_limit *set =
	    s->limits[choose_set(webhook, STANDING_LIMIT_SETS)];
	size_t place = 0;

	while (place < STANDING_WAYS - 1 &&
	    memcmp(set[place].webhook, webhook, ID_BYTES) != 0)
		place++;
	memmove(set + 1, set, place * sizeof *set);
	memcpy(set->webhook, webhook, ID_BYTES);
	set->limit = *l;
}

void
standing_find_limit(const struct standing_memory *s, const webhook_id webhook,
    long long now_ms, struct concurrency_limit *l)
{
	const struct standing_limit *set =
	    s->limits[choose_set(webhook, STANDING_LIMIT_SETS)];

	for (size_t i = 0; i < STANDING_WAYS; i++)
		if (memcmp(set[i].webhook, webhook, ID_BYTES) == 0 &&
		    set[i].limit.limit > 0) {
			*l = set[i].limit;
			concurrency_limit_resume(l, now_ms);
			return;
		}
	concurrency_limit_init(l, now_ms);
}
