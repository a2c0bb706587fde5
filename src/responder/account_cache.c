/* account_cache.c - whose a credential is, as the database said lately. */
#include "responder/account_cache.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SETS 1024 /* a power of two */
#define WAYS 4

struct entry {
	unsigned char hash[CREDENTIAL_HASH_BYTES];
	struct account account;
	long long until_ms;
};

/* Set-associative: a new one takes the place of the oldest in its set. */
struct account_cache {
	struct entry sets[SETS][WAYS]; /* the newest first */
};

struct account_cache *
account_cache_open(void)
{
	return calloc(1, sizeof(struct account_cache));
}

void
account_cache_close(struct account_cache *c)
{
	free(c);
}

static struct entry *
set_of(struct account_cache *c, const unsigned char *hash)
{
	uint32_t head;

	memcpy(&head, hash, sizeof head);
	return c->sets[head & (SETS - 1)];
}

bool
account_cache_find(struct account_cache *c,
    const unsigned char hash[CREDENTIAL_HASH_BYTES], long long now_ms,
    struct account *account)
{
	const struct entry *set = set_of(c, hash);

	for (size_t i = 0; i < WAYS; i++)
		if (set[i].until_ms > now_ms &&
		    memcmp(set[i].hash, hash, sizeof set[i].hash) == 0) {
			*account = set[i].account;
			return true;
		}
	return false;
}

void
account_cache_add(struct account_cache *c,
    const unsigned char hash[CREDENTIAL_HASH_BYTES], long long now_ms,
    const struct account *account)
{
	struct entry *set = set_of(c, hash);

	memmove(set + 1, set, (WAYS - 1) * sizeof *set);
	memcpy(set->hash, hash, sizeof set->hash);
	set->account = *account;
	set->until_ms = now_ms + ACCOUNT_CACHE_MS;
}
