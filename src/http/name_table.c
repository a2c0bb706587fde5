/* name_table.c - hash table from a name to what is known of it. */
#include "http/name_table.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "http/keyed_hash.h"

#define LOOKED_AT 8 /* so many of the oldest, for one that may go */

struct name_table {
	struct keyed_hash hash;
	struct name_entry **buckets; /* a power of two */
	size_t mask, count, names_max;
	struct name_entry ends; /* of the list by age: newer is the oldest */
};

static struct name_entry **
find_bucket(struct name_table *t, const char *name)
{
	return &t->buckets[keyed_hash(&t->hash, name, strlen(name)) & t->mask];
}

static void
unlink_age(struct name_entry *e)
{
	e->older->newer = e->newer;
	e->newer->older = e->older;
}

static void
link_newest(struct name_table *t, struct name_entry *e)
{
	e->older = t->ends.older;
	e->newer = &t->ends;
	e->older->newer = e;
	t->ends.older = e;
}

static void
remove_entry(struct name_table *t, struct name_entry *e)
{
	struct name_entry **at = find_bucket(t, e->name);

	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	unlink_age(e);
	t->count--;
	free(e->addresses);
	free(e);
}

static void
make_room(struct name_table *t)
{
	struct name_entry *e = t->ends.newer;

	if (t->count < t->names_max)
		return;
	for (int i = 0; i < LOOKED_AT && e != &t->ends; i++, e = e->newer)
		if (e->user == NULL) {
			remove_entry(t, e);
			return;
		}
}

struct name_table *
name_table_open(size_t names_max)
{
	struct name_table *t = calloc(1, sizeof *t);
	size_t buckets = 16;

	if (t == NULL)
		return NULL;
	while (buckets < names_max && buckets <= SIZE_MAX / 4)
		buckets *= 2;
	t->buckets = calloc(buckets, sizeof(struct name_entry *));
	if (t->buckets == NULL) {
		free(t);
		return NULL;
	}
	t->mask = buckets - 1;
	t->names_max = names_max;
	t->ends.older = t->ends.newer = &t->ends;
	keyed_hash_init(&t->hash);
	return t;
}

void
name_table_close(struct name_table *t)
{
	if (t == NULL)
		return;
	while (t->ends.newer != &t->ends)
		remove_entry(t, t->ends.newer);
	free(t->buckets);
	free(t);
}

struct name_entry *
name_table_find(struct name_table *t, const char *name)
{
	for (struct name_entry *e = *find_bucket(t, name); e != NULL;
	     e = e->next)
		if (strcmp(e->name, name) == 0)
			return e;
	return NULL;
}

static struct name_entry *
add_entry(struct name_table *t, const char *name)
{
	size_t size = strlen(name) + 1;
	struct name_entry *e = calloc(1, sizeof *e + size), **at;

	if (e == NULL)
		return NULL;
	memcpy(e->name, name, size);
	make_room(t);
	at = find_bucket(t, name);
	e->next = *at;
	*at = e;
	link_newest(t, e);
	t->count++;
	return e;
}

struct name_entry *
name_table_get(struct name_table *t, const char *name)
{
	struct name_entry *e = name_table_find(t, name);

	if (e == NULL)
		return add_entry(t, name);
	unlink_age(e);
	link_newest(t, e);
	return e;
}

void
name_entry_read(const struct name_entry *e, struct name_answer *a)
{
	a->result = e->result;
	a->why = e->why;
	a->count = e->count;
	if (e->count > 0)
		memcpy(a->addresses, e->addresses,
		    e->count * sizeof *e->addresses);
}

bool
name_entry_set(struct name_entry *e, const struct name_answer *a)
{
	struct resolver_address *addresses = NULL;

	if (a->count > 0) {
		addresses = malloc(a->count * sizeof *addresses);
		if (addresses == NULL)
			return false;
		memcpy(addresses, a->addresses, a->count * sizeof *addresses);
	}
	free(e->addresses);
	e->addresses = addresses;
	e->count = a->count;
	e->result = a->result;
	e->why = a->why;
	return true;
}

void
name_table_forget(struct name_table *t)
{
	struct name_entry *e = t->ends.newer, *newer;

	for (; e != &t->ends; e = newer) {
		newer = e->newer;
		e->until_ms = 0;
		if (e->user == NULL)
			remove_entry(t, e);
	}
}

size_t
name_table_count(const struct name_table *t)
{
	return t->count;
}
