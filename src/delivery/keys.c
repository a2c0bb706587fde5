/* keys.c - opens webhooks' secrets, and remembers a bounded number of them. */
#include "delivery/keys.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "common/connection.h"

#define SLOTS 4096		/* a power of two */

/* One place for each hash: a newer secret takes an older one's. */
struct slot {
	bool used;
	unsigned char id[ID_BYTES];
	unsigned char secret[SECRET_BYTES];
	long long opened_ms;
};

struct keys {
	char *const *paths;
	size_t count;
	struct opener *openers[KEYS_FILES_MAX];
	struct slot *slots;
};

static void
close_openers(struct opener **openers)
{
	for (size_t i = 0; i < KEYS_FILES_MAX; i++) {
		opener_close(openers[i]);
		openers[i] = NULL;
	}
}

bool
keys_reload(struct keys *k, char *why, size_t why_size)
{
	struct opener *openers[KEYS_FILES_MAX] = { NULL };

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

struct keys *
keys_open(char *const *paths, size_t count, char *why, size_t why_size)
{
	struct keys *k = calloc(1, sizeof *k);

	snprintf(why, why_size, "out of memory");
	if (k == NULL)
		return NULL;
	k->paths = paths;
	k->count = count;
	k->slots = calloc(SLOTS, sizeof *k->slots);
	if (k->slots != NULL && keys_reload(k, why, why_size))
		return k;
	keys_close(k);
	return NULL;
}

void
keys_close(struct keys *k)
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
keys_count(const struct keys *k)
{
	return k->count;
}

const unsigned char *
keys_id(const struct keys *k, size_t i)
{
	return opener_key_id(k->openers[i]);
}

static bool
open_secret(const struct keys *k, const struct sealed *sealed,
    unsigned char secret[SECRET_BYTES])
{
	for (size_t i = 0; i < k->count; i++)
		if (opener_open_secret(k->openers[i], sealed, secret))
			return true;
	return false;
}

bool
keys_secret(struct keys *k, const unsigned char id[ID_BYTES],
    const struct sealed *sealed, unsigned char secret[SECRET_BYTES])
{
	long long now = connection_now_ms();
	struct slot *slot;
	uint32_t tail;

	memcpy(&tail, id + ID_BYTES - sizeof tail, sizeof tail);
	slot = &k->slots[tail & (SLOTS - 1)];
	if (!slot->used || memcmp(slot->id, id, ID_BYTES) != 0 ||
	    now - slot->opened_ms > KEYS_FRESH_MS) {
		slot->used = open_secret(k, sealed, slot->secret);
		memcpy(slot->id, id, ID_BYTES);
		slot->opened_ms = now;
	}
	if (slot->used)
		memcpy(secret, slot->secret, SECRET_BYTES);
	return slot->used;
}
