/* secret_cache.c - opens webhooks' secrets, and remembers some of them. */
#include "delivery/secret_cache.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "common/clock.h"
#include "common/pg.h"

#define SLOTS 4096 /* a power of two */

/* One place for each hash: a newer secret takes an older one's. */
struct slot {
	bool used;
	unsigned char id[ID_BYTES];
	unsigned char secret[SECRET_BYTES];
	long long opened_ms;
};

struct secret_cache {
	char *const *paths;
	size_t count;
	struct opener *openers[SECRET_CACHE_FILES_MAX];
	struct slot *slots;
};

static void
close_openers(struct opener **openers)
{
	for (size_t i = 0; i < SECRET_CACHE_FILES_MAX; i++) {
		opener_close(openers[i]);
		openers[i] = NULL;
	}
}

bool
secret_cache_reload(struct secret_cache *k, char *why, size_t why_size)
{
	struct opener *openers[SECRET_CACHE_FILES_MAX] = { NULL };

	for (size_t i = 0; i < k->count; i++) {
		openers[i] = opener_open(k->paths[i], why, why_size);
		if (openers[i] == NULL) {
			close_openers(openers);
			return false;
		}
	}
	close_openers(k->openers);
	memcpy(k->openers, openers, sizeof openers);
	sodium_memzero(k->slots, SLOTS * sizeof *k->slots);
	return true;
}

struct secret_cache *
secret_cache_open(char *const *paths, size_t count, char *why, size_t why_size)
{
	struct secret_cache *k = calloc(1, sizeof *k);

	snprintf(why, why_size, "out of memory");
	if (k == NULL)
		return NULL;
	k->paths = paths;
	k->count = count;
	k->slots = calloc(SLOTS, sizeof *k->slots);
	if (k->slots != NULL && secret_cache_reload(k, why, why_size))
		return k;
	secret_cache_close(k);
	return NULL;
}

void
secret_cache_close(struct secret_cache *k)
{
	if (k == NULL)
		return;
	close_openers(k->openers);
	if (k->slots != NULL)
		sodium_memzero(k->slots, SLOTS * sizeof *k->slots);
	free(k->slots);
	free(k);
}

size_t
secret_cache_count(const struct secret_cache *k)
{
	return k->count;
}

const unsigned char *
secret_cache_id(const struct secret_cache *k, size_t i)
{
	return opener_key_id(k->openers[i]);
}

static bool
open_secret(const struct secret_cache *k, const struct sealed *sealed,
    unsigned char secret[SECRET_BYTES])
{
	for (size_t i = 0; i < k->count; i++)
		if (opener_open_secret(k->openers[i], sealed, secret))
			return true;
	return false;
}

bool
secret_cache_secret(struct secret_cache *k, const unsigned char id[ID_BYTES],
    const struct sealed *sealed, unsigned char secret[SECRET_BYTES])
{
	long long now = clock_now_ms();
	struct slot *slot;
	uint32_t tail;

	memcpy(&tail, id + ID_BYTES - sizeof tail, sizeof tail);
	slot = &k->slots[tail & (SLOTS - 1)];
	if (!slot->used || memcmp(slot->id, id, ID_BYTES) != 0 ||
	    now - slot->opened_ms > SECRET_CACHE_FRESH_MS) {
		slot->used = open_secret(k, sealed, slot->secret);
		memcpy(slot->id, id, ID_BYTES);
		slot->opened_ms = now;
	}
	if (slot->used)
		memcpy(secret, slot->secret, SECRET_BYTES);
	return slot->used;
}
