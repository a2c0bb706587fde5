/* id_table.c - hash table from an id to what its user keeps of it. */
#include "delivery/id_table.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BUCKETS_MIN 256 /* a power of two */

struct id_table {
	struct id_entry **buckets;
	size_t mask, count, entry_bytes;
};

/*
 * Most of an id is random, or counts up; an odd factor brings either to the
 * highest bits. Ids are ours or the platform's, not strangers'.
 */
static size_t
hash_id(const unsigned char id[ID_BYTES])
{
	uint64_t half[2];

	memcpy(half, id, sizeof half);
	return (size_t)(((half[0] ^ half[1] * 0xff51afd7ed558ccd) *
			    0x9e3779b97f4a7c15) >>
	    32);
}

struct id_table *
id_table_open(size_t entry_bytes)
{
	struct id_table *t = calloc(1, sizeof *t);

	if (t == NULL)
		return NULL;
	t->entry_bytes = entry_bytes;
	t->mask = BUCKETS_MIN - 1;
	t->buckets = calloc(BUCKETS_MIN, sizeof *t->buckets);
	if (t->buckets == NULL) {
		free(t);
		return NULL;
	}
	return t;
}

static void
free_entry(void *entry, void *arg)
{
	(void)arg;
	free(entry);
}

void
id_table_close(struct id_table *t)
{
	if (t == NULL)
		return;
	id_table_each(t, free_entry, NULL);
	free(t->buckets);
	free(t);
}

void *
id_table_find(const struct id_table *t, const unsigned char id[ID_BYTES])
{
	struct id_entry *e = t->buckets[hash_id(id) & t->mask];

	while (e != NULL && memcmp(e->id, id, ID_BYTES) != 0)
		e = e->next;
	return e;
}

static void
link_entry(struct id_table *t, struct id_entry *e)
{
	struct id_entry **at = &t->buckets[hash_id(e->id) & t->mask];

	e->next = *at;
	*at = e;
}

/* Twice as many buckets. If memory is short, chains get longer instead. */
static void
grow(struct id_table *t)
{
	size_t count = t->mask + 1;
	struct id_entry **old = t->buckets, *next;
	struct id_entry **buckets =
	    calloc(2 * count, sizeof(struct id_entry *));

	if (buckets == NULL)
		return;
	t->buckets = buckets;
	t->mask = 2 * count - 1;
	for (size_t i = 0; i < count; i++)
		for (struct id_entry *e = old[i]; e != NULL; e = next) {
			next = e->next;
			link_entry(t, e);
		}
	free(old);
}

void *
id_table_get(struct id_table *t, const unsigned char id[ID_BYTES])
{
	struct id_entry *e = id_table_find(t, id);

	if (e != NULL)
		return e;
	e = calloc(1, t->entry_bytes);
	if (e == NULL)
		return NULL;
	if (t->count > t->mask)
		grow(t);
	memcpy(e->id, id, ID_BYTES);
	link_entry(t, e);
	t->count++;
	return e;
}

void
id_table_remove(struct id_table *t, void *entry)
{
	struct id_entry *e = entry;
	struct id_entry **at = &t->buckets[hash_id(e->id) & t->mask];

	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	t->count--;
	free(e);
}

size_t
id_table_count(const struct id_table *t)
{
	return t->count;
}

void
id_table_each(struct id_table *t, void (*visit)(void *entry, void *arg),
    void *arg)
{
	struct id_entry *next;

	for (size_t i = 0; i <= t->mask; i++)
		for (struct id_entry *e = t->buckets[i]; e != NULL; e = next) {
			next = e->next;
			visit(e, arg);
		}
}
