/* rate_table.c - how often each account may ask: a leaky bucket for each. */
#include "responder/rate_table.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SETS 2048 /* a power of two */
#define WAYS 4
#define SECOND_US 1000000LL

struct bucket {
	unsigned char id[ID_BYTES]; /* the account's */
	long long empty_us;         /* when it will be */
};

struct rate_table {
	float cost_us; /* of a request */
	struct bucket sets[SETS][WAYS];
};

struct rate_table *
rate_table_open(unsigned rate)
{
	struct rate_table *t = calloc(1, sizeof *t);

	if (t != NULL)
		t->cost_us = SECOND_US / (float)rate;
	return t;
}

void
rate_table_close(struct rate_table *t)
{
	free(t);
}

/* The account's own, or else the one that is empty first, emptied for it. */
static struct bucket *
bucket_of(struct rate_table *t, const struct account *account)
{
	struct bucket *set, *first;
	uint32_t tail; /* of a UUID it is random */

	memcpy(&tail, account->id + ID_BYTES - sizeof tail, sizeof tail);
	first = set = t->sets[tail & (SETS - 1)];
	for (size_t i = 0; i < WAYS; i++) {
		if (memcmp(set[i].id, account->id, ID_BYTES) == 0)
			return &set[i];
		if (set[i].empty_us < first->empty_us)
			first = &set[i];
	}
	memcpy(first->id, account->id, ID_BYTES);
	first->empty_us = 0;
	return first;
}

bool
rate_table_take(struct rate_table *t, const struct account *account,
    long long now_us, unsigned *seconds)
{
	const long long full_us = RATE_TABLE_BURST_SECONDS * SECOND_US;
	struct bucket *b = bucket_of(t, account);
	long long cost_us = (long long)(t->cost_us / account->share);
	long long empty_us = b->empty_us > now_us ? b->empty_us : now_us;
	long long over_us = empty_us + cost_us - (now_us + full_us);

	/* one that costs more than the bucket holds goes into an empty one */
	if (over_us > 0 && empty_us > now_us) {
		*seconds = (unsigned)((over_us + SECOND_US - 1) / SECOND_US);
		return false;
	}
	b->empty_us = empty_us + cost_us;
	return true;
}
