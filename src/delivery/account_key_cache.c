/* account_key_cache.c - accounts' private signing keys, derived and cached. */
#include "delivery/account_key_cache.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#define SLOTS 1024 /* a power of two */

/* Direct-mapped: a newer key takes the slot of an older one. */
struct slot {
	bool used;
	size_t which;
	unsigned char account[ID_BYTES];
	struct blinded_key key;
};

struct account_key_cache {
	pthread_mutex_t lock;
	struct slot *slots;
};

struct account_key_cache *
account_key_cache_open(void)
{
	struct account_key_cache *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	pthread_mutex_init(&c->lock, NULL);
	if (sodium_init() != -1)
		c->slots = sodium_malloc(SLOTS * sizeof *c->slots);
	if (c->slots == NULL) {
		account_key_cache_close(c);
		return NULL;
	}
	account_key_cache_clear(c);
	return c;
}

void
account_key_cache_close(struct account_key_cache *c)
{
	if (c == NULL)
		return;
	sodium_free(c->slots);
	pthread_mutex_destroy(&c->lock);
	free(c);
}

void
account_key_cache_clear(struct account_key_cache *c)
{
	pthread_mutex_lock(&c->lock);
	sodium_memzero(c->slots, SLOTS * sizeof *c->slots);
	pthread_mutex_unlock(&c->lock);
}

static struct slot *
slot_of(struct account_key_cache *c, size_t which,
    const unsigned char account[ID_BYTES])
{
	uint32_t tail;

	memcpy(&tail, account + ID_BYTES - sizeof tail, sizeof tail);
	return &c->slots[(tail + which) & (SLOTS - 1)];
}

static bool
is_in(const struct slot *slot, size_t which,
    const unsigned char account[ID_BYTES])
{
	return slot->used && slot->which == which &&
	    memcmp(slot->account, account, ID_BYTES) == 0;
}

void
account_key_cache_get(struct account_key_cache *c,
    const struct ed25519_key *key, size_t which,
    const unsigned char account[ID_BYTES], struct blinded_key *derived)
{
	struct slot *slot = slot_of(c, which, account);
	bool found;

	pthread_mutex_lock(&c->lock);
	found = is_in(slot, which, account);
	if (found)
		*derived = slot->key;
	pthread_mutex_unlock(&c->lock);
	if (found)
		return;
	ed25519_key_derive(key, account, derived);
	pthread_mutex_lock(&c->lock);
	slot->used = true;
	slot->which = which;
	memcpy(slot->account, account, ID_BYTES);
	slot->key = *derived;
	pthread_mutex_unlock(&c->lock);
}
