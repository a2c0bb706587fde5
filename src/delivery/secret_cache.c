/* secret_cache.c - opens webhooks' secrets and headers, and caches them. */
#include "delivery/secret_cache.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "common/clock.h"
#include "common/header_block.h"
#include "delivery/header_cache.h"

#define SLOTS 4096 /* a power of two */

/* Direct-mapped: a newer secret takes the slot of an older one. */
struct slot {
	bool used;
	unsigned char id[ID_BYTES];
	unsigned char secret[SECRET_READ_MAX];
	long long opened_ms;
};

struct secret_cache {
	char *const *paths;
	size_t count;
	struct opener *openers[SECRET_CACHE_FILES_MAX];
	struct slot *slots;
	struct header_cache *headers;
	char opened[SEAL_TEXT_MAX + 1]; /* the last that were opened */
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
secret_cache_reload(struct secret_cache *c, char *why, size_t why_size)
{
	struct opener *openers[SECRET_CACHE_FILES_MAX] = { NULL };

	for (size_t i = 0; i < c->count; i++) {
		openers[i] = opener_open(c->paths[i], why, why_size);
		if (openers[i] == NULL) {
			close_openers(openers);
			return false;
		}
	}
	close_openers(c->openers);
	memcpy(c->openers, openers, sizeof openers);
	sodium_memzero(c->slots, SLOTS * sizeof *c->slots);
	header_cache_forget(c->headers);
	return true;
}

struct secret_cache *
secret_cache_open(char *const *paths, size_t count, char *why, size_t why_size)
{
	struct secret_cache *c = calloc(1, sizeof *c);

	snprintf(why, why_size, "out of memory");
	if (c == NULL)
		return NULL;
	c->paths = paths;
	c->count = count;
	c->slots = calloc(SLOTS, sizeof *c->slots);
	c->headers = header_cache_open();
	if (c->slots != NULL && c->headers != NULL &&
	    secret_cache_reload(c, why, why_size))
		return c;
	secret_cache_close(c);
	return NULL;
}

void
secret_cache_close(struct secret_cache *c)
{
	if (c == NULL)
		return;
	close_openers(c->openers);
	if (c->slots != NULL)
		sodium_memzero(c->slots, SLOTS * sizeof *c->slots);
	free(c->slots);
	header_cache_close(c->headers);
	sodium_memzero(c->opened, sizeof c->opened);
	free(c);
}

size_t
secret_cache_key_count(const struct secret_cache *c)
{
	return c->count;
}

const unsigned char *
secret_cache_key_id(const struct secret_cache *c, size_t i)
{
	return opener_key_id(c->openers[i]);
}

static bool
open_secret(const struct secret_cache *c, const struct sealed *sealed,
    unsigned char secret[SECRET_READ_MAX])
{
	for (size_t i = 0; i < c->count; i++)
		if (opener_open_secret(c->openers[i], sealed, secret))
			return true;
	return false;
}

bool
secret_cache_get(struct secret_cache *c, const unsigned char id[ID_BYTES],
    const struct sealed *sealed, unsigned char secret[SECRET_READ_MAX])
{
	long long now = clock_now_ms();
	struct slot *slot;
	uint32_t tail;

	memcpy(&tail, id + ID_BYTES - sizeof tail, sizeof tail);
	slot = &c->slots[tail & (SLOTS - 1)];
	if (!slot->used || memcmp(slot->id, id, ID_BYTES) != 0 ||
	    now - slot->opened_ms > SECRET_CACHE_FRESH_MS) {
		slot->used = open_secret(c, sealed, slot->secret);
		memcpy(slot->id, id, ID_BYTES);
		slot->opened_ms = now;
	}
	if (slot->used)
		memcpy(secret, slot->secret, SECRET_READ_MAX);
	return slot->used;
}

static bool
open_headers(struct secret_cache *c, const struct sealed_text *sealed,
    struct text *headers)
{
	for (size_t i = 0; i < c->count; i++)
		if (opener_open_text(c->openers[i], sealed, c->opened)) {
			*headers =
			    (struct text){ c->opened, strlen(c->opened) };
			return header_block_is_valid(*headers);
		}
	return false;
}

bool
secret_cache_headers(struct secret_cache *c, const unsigned char id[ID_BYTES],
    const struct sealed_text *sealed, struct text *headers)
{
	long long now = clock_now_ms();

	*headers =
	    header_cache_get(c->headers, id, now - SECRET_CACHE_FRESH_MS);
	if (headers->start != NULL)
		return true;
	if (!open_headers(c, sealed, headers))
		return false;
	header_cache_put(c->headers, id, *headers, now);
	return true;
}
