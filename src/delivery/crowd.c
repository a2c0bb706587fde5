/* crowd.c - something for each webhook that has deliveries in hand. */
#include "delivery/crowd.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS 1024		/* a power of two; so many are in hand */

struct crowd {
	struct crowd_member *buckets[BUCKETS];
};

/* The end of a UUIDv7 is random. */
static struct crowd_member **
bucket(struct crowd *c, const unsigned char webhook[ID_BYTES])
{
	uint32_t tail;

	memcpy(&tail, webhook + ID_BYTES - sizeof tail, sizeof tail);
	return &c->buckets[tail & (BUCKETS - 1)];
}

struct crowd *
crowd_open(void)
{
	return calloc(1, sizeof(struct crowd));
}

void
crowd_close(struct crowd *c)
{
	if (c == NULL)
		return;
	for (size_t i = 0; i < BUCKETS; i++)
		while (c->buckets[i] != NULL)
			crowd_drop(c, c->buckets[i]);
	free(c);
}

struct crowd_member *
crowd_join(struct crowd *c, const unsigned char webhook[ID_BYTES])
{
	struct crowd_member **at = bucket(c, webhook), *m;

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
crowd_drop(struct crowd *c, struct crowd_member *m)
{
	struct crowd_member **at = bucket(c, m->webhook);

	while (*at != m)
		at = &(*at)->next;
	*at = m->next;
	free(m);
}

void
crowd_each(struct crowd *c, unsigned active,
    void (*visit)(struct crowd_member *m, void *arg), void *arg)
{
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct crowd_member *m = c->buckets[i]; m != NULL;
		    m = m->next)
			if (m->active >= active)
				visit(m, arg);
}
