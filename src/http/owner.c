/* owner.c - those for whom the work is done, in a table by their ids. */
#include "http/owner.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS_FIRST 64

bool
owner_table_init(struct owner_table *t)
{
	keyed_hash_init(&t->hash);
	t->count = 0;
	t->bucket_count = BUCKETS_FIRST;
	t->buckets = calloc(t->bucket_count, sizeof(struct owner *));
	return t->buckets != NULL;
}

void
owner_table_clear(struct owner_table *t)
{
	free(t->buckets);
	t->buckets = NULL;
}

static struct owner **
find_bucket(const struct owner_table *t, const unsigned char id[OWNER_BYTES])
{
	uint64_t n = keyed_hash(&t->hash, (const char *)id, OWNER_BYTES);

	return &t->buckets[n & (t->bucket_count - 1)];
}

struct owner *
owner_table_find(const struct owner_table *t,
    const unsigned char id[OWNER_BYTES])
{
	struct owner *o = *find_bucket(t, id);

	while (o != NULL && memcmp(o->id, id, OWNER_BYTES) != 0)
		o = o->next;
	return o;
}

static void
put(struct owner_table *t, struct owner *o)
{
	struct owner **bucket = find_bucket(t, o->id);

	o->next = *bucket;
	*bucket = o;
}

/* Twice the buckets; when memory is short, the chains get longer instead. */
static void
grow(struct owner_table *t)
{
	struct owner **old = t->buckets, *o;
	size_t old_count = t->bucket_count;

	t->buckets = calloc(2 * old_count, sizeof(struct owner *));
	if (t->buckets == NULL) {
		t->buckets = old;
		return;
	}
	t->bucket_count = 2 * old_count;
	for (size_t i = 0; i < old_count; i++) {
		while ((o = old[i]) != NULL) {
			old[i] = o->next;
			put(t, o);
		}
	}
	free(old);
}

void
owner_table_add(struct owner_table *t, struct owner *o)
{
	if (t->count++ >= t->bucket_count)
		grow(t);
	put(t, o);
}

void
owner_table_remove(struct owner_table *t, struct owner *o)
{
	struct owner **at = find_bucket(t, o->id);

	while (*at != o)
		at = &(*at)->next;
	*at = o->next;
	t->count--;
}
