/* webhook_table.c - hash map from a webhook's id to its counters. */
#include "delivery/webhook_table.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS 1024 /* a power of two; so many are in hand */

struct webhook_table {
	struct webhook_entry *buckets[BUCKETS];
};

/* The end of a UUIDv7 is random. */
static struct webhook_entry **
find_bucket(struct webhook_table *t, const unsigned char webhook[ID_BYTES])
{
	uint32_t tail;

	memcpy(&tail, webhook + ID_BYTES - sizeof tail, sizeof tail);
	return &t->buckets[tail & (BUCKETS - 1)];
}

struct webhook_table *
webhook_table_open(void)
{
	return calloc(1, sizeof(struct webhook_table));
}

void
webhook_table_close(struct webhook_table *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct webhook_entry *e = t->buckets[i], *next; e != NULL;
		     e = next) {
			next = e->next;
			free(e);
		}
	free(t);
}

struct webhook_entry *
webhook_table_get(struct webhook_table *t,
    const unsigned char webhook[ID_BYTES])
{
	struct webhook_entry **at = find_bucket(t, webhook), *e;

	for (e = *at; e != NULL; e = e->next)
		if (memcmp(e->webhook, webhook, ID_BYTES) == 0)
			return e;
	e = calloc(1, sizeof *e);
	if (e == NULL)
		return NULL;
	memcpy(e->webhook, webhook, ID_BYTES);
	e->waiting_end = &e->waiting;
	e->next = *at;
	*at = e;
	return e;
}

void
webhook_table_remove(struct webhook_table *t, struct webhook_entry *e)
{
	struct webhook_entry **at = find_bucket(t, e->webhook);

	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	free(e);
}

void
webhook_table_each(struct webhook_table *t, unsigned active,
    void (*visit)(struct webhook_entry *e, void *arg), void *arg)
{
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct webhook_entry *e = t->buckets[i]; e != NULL;
		     e = e->next)
			if (e->active >= active)
				visit(e, arg);
}
