/* webhook_table.c - something for each webhook that has deliveries in hand. */
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
bucket(struct webhook_table *c, const unsigned char webhook[ID_BYTES])
{
	uint32_t tail;

	memcpy(&tail, webhook + ID_BYTES - sizeof tail, sizeof tail);
	return &c->buckets[tail & (BUCKETS - 1)];
}

struct webhook_table *
webhook_table_open(void)
{
	return calloc(1, sizeof(struct webhook_table));
}

void
webhook_table_close(struct webhook_table *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < BUCKETS; i++)
		while (c->buckets[i] != NULL)
			webhook_table_remove(c, c->buckets[i]);
	free(c);
}

struct webhook_entry *
webhook_table_get(struct webhook_table *c,
    const unsigned char webhook[ID_BYTES])
{
	struct webhook_entry **at = bucket(c, webhook), *m;

	for (m = *at; m != NULL; m = m->next)
		if (memcmp(m->webhook, webhook, ID_BYTES) == 0)
			return m;
	m = calloc(1, sizeof *m);
	if (m == NULL)
		return NULL;
	memcpy(m->webhook, webhook, ID_BYTES);
	m->waiting_end = &m->waiting;
	m->next = *at;
	*at = m;
	return m;
}

void
webhook_table_remove(struct webhook_table *c, struct webhook_entry *m)
{
	struct webhook_entry **at = bucket(c, m->webhook);

	while (*at != m)
		at = &(*at)->next;
	*at = m->next;
	free(m);
}

void
webhook_table_each(struct webhook_table *c, unsigned active,
    void (*visit)(struct webhook_entry *m, void *arg), void *arg)
{
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct webhook_entry *m = c->buckets[i]; m != NULL;
		     m = m->next)
			if (m->active >= active)
				visit(m, arg);
}
