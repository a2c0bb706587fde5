/* header_cache.c - headers of webhooks that were opened, for the next time. */
#include "delivery/header_cache.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#define SLOTS 1024 /* a power of two; 8 KiB each at most */

/* Direct-mapped: newer headers take the slot of older ones. */
struct slot {
	unsigned char id[ID_BYTES];
	char *text; /* NULL: it is free */
	size_t length;
	long long put_ms;
};

struct header_cache {
	struct slot slots[SLOTS];
};

static struct slot *
slot_of(struct header_cache *c, const unsigned char id[ID_BYTES])
{
	uint32_t tail;

	memcpy(&tail, id + ID_BYTES - sizeof tail, sizeof tail);
	return &c->slots[tail & (SLOTS - 1)];
}

static void
empty_slot(struct slot *slot)
{
	if (slot->text != NULL)
		sodium_memzero(slot->text, slot->length);
	free(slot->text);
	*slot = (struct slot){ .text = NULL };
}

struct header_cache *
header_cache_open(void)
{
	return calloc(1, sizeof(struct header_cache));
}

void
header_cache_close(struct header_cache *c)
{
	if (c == NULL)
		return;
	header_cache_forget(c);
	free(c);
}

void
header_cache_forget(struct header_cache *c)
{
	for (size_t i = 0; i < SLOTS; i++)
		empty_slot(&c->slots[i]);
}

struct text
header_cache_get(struct header_cache *c, const unsigned char id[ID_BYTES],
    long long fresh_ms)
{
	const struct slot *slot = slot_of(c, id);

	if (slot->text == NULL || memcmp(slot->id, id, ID_BYTES) != 0 ||
	    slot->put_ms < fresh_ms)
		return (struct text){ NULL, 0 };
	return (struct text){ slot->text, slot->length };
}

void
header_cache_put(struct header_cache *c, const unsigned char id[ID_BYTES],
    struct text text, long long now_ms)
{
	struct slot *slot = slot_of(c, id);
	char *copy = malloc(text.length);

	empty_slot(slot);
	if (copy == NULL)
		return;
	memcpy(copy, text.start, text.length);
	memcpy(slot->id, id, ID_BYTES);
	slot->length = text.length;
	slot->put_ms = now_ms;
	slot->text = copy;
}
