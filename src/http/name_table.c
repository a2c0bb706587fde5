/* name_table.c - hash table from a name to what is known of it. */
#include "http/name_table.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "http/keyed_hash.h"

#define LOOKED_AT 8 /* so many of the oldest, for one that may go */

struct name_table {
	struct keyed_hash hash;
	struct name_entry **buckets; /* a power of two */
	size_t mask, count, names_max;
	struct holdings *holdings; /* of the names */
};

static struct name_entry **
find_bucket(struct name_table *t, const char *name)
{
	return &t->buckets[keyed_hash(&t->hash, name, strlen(name)) & t->mask];
}

static void
remove_entry(struct name_table *t, struct name_entry *e)
{
	struct name_entry **at = find_bucket(t, e->name);

	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	holdings_remove(t->holdings, &e->holding);
	t->count--;
	free(e->addresses);
	free(e);
}

static struct name_entry *
entry_of(struct holding *thing)
{
	return (struct name_entry *)(void *)((char *)thing -
	    offsetof(struct name_entry, holding));
}

static void
make_room(struct name_table *t, const unsigned char owner[OWNER_BYTES])
{
	struct holding *thing = holdings_first(t->holdings, owner);

	if (t->count < t->names_max)
		return;
	for (int i = 0; i < LOOKED_AT && thing != NULL; i++) {
		if (entry_of(thing)->user == NULL) {
			remove_entry(t, entry_of(thing));
			return;
		}
		thing = thing->newer;
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
	t->holdings = holdings_open();
	if (t->buckets == NULL || t->holdings == NULL) {
		holdings_close(t->holdings);
		free(t->buckets);
		free(t);
		return NULL;
	}
	t->mask = buckets - 1;
	t->names_max = names_max;
	keyed_hash_init(&t->hash);
	return t;
}

void
name_table_close(struct name_table *t)
{
	if (t == NULL)
		return;
	for (size_t i = 0; i <= t->mask; i++)
		while (t->buckets[i] != NULL)
			remove_entry(t, t->buckets[i]);
	holdings_close(t->holdings);
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
add_entry(struct name_table *t, const char *name,
    const unsigned char owner[OWNER_BYTES])
{
	size_t size = strlen(name) + 1;
	struct name_entry *e = calloc(1, sizeof *e + size), **at;

	if (e == NULL)
		return NULL;
	memcpy(e->name, name, size);
	make_room(t, owner);
	at = find_bucket(t, name);
	e->next = *at;
	*at = e;
	t->count++;
	return e;
}

struct name_entry *
name_table_get(struct name_table *t, const char *name,
    const unsigned char owner[OWNER_BYTES])
{
	struct name_entry *e = name_table_find(t, name);

	if (e == NULL)
		e = add_entry(t, name, owner);
	if (e == NULL || holdings_use(t->holdings, &e->holding, owner))
		return e;
	if (e->user == NULL)
		remove_entry(t, e);
	return NULL;
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
	for (size_t i = 0; i <= t->mask; i++) {
		struct name_entry *e = t->buckets[i], *next;

		for (; e != NULL; e = next) {
			next = e->next;
			e->until_ms = 0;
			if (e->user == NULL)
				remove_entry(t, e);
		}
	}
}

size_t
name_table_count(const struct name_table *t)
{
	return t->count;
}
