/* turns.c - a queue in which owners take turns, however much one has queued. */
#include "http/turns.h"

#include <stdlib.h>
#include <string.h>

struct turn_owner {
	struct owner owner;
	TAILQ_ENTRY(turn_owner) others;
	TAILQ_HEAD(, turn) items;
	size_t count;
};

bool
turns_init(struct turns *t)
{
	TAILQ_INIT(&t->ring);
	return owner_table_init(&t->owners);
}

void
turns_clear(struct turns *t)
{
	owner_table_clear(&t->owners);
}

static struct turn_owner *
make_owner(struct turns *t, const unsigned char id[OWNER_BYTES])
{
	struct turn_owner *o = calloc(1, sizeof *o);

	if (o == NULL)
		return NULL;
	memcpy(o->owner.id, id, OWNER_BYTES);
	TAILQ_INIT(&o->items);
	owner_table_add(&t->owners, &o->owner);
	TAILQ_INSERT_TAIL(&t->ring, o, others);
	return o;
}

bool
turns_add(struct turns *t, struct turn *item,
    const unsigned char owner[OWNER_BYTES])
{
	struct turn_owner *o =
	    (struct turn_owner *)owner_table_find(&t->owners, owner);

	if (o == NULL)
		o = make_owner(t, owner);
	if (o == NULL)
		return false;
	item->owner = o;
	TAILQ_INSERT_TAIL(&o->items, item, others);
	o->count++;
	return true;
}

struct turn *
turns_first(const struct turns *t)
{
	const struct turn_owner *o = TAILQ_FIRST(&t->ring);

	return o == NULL ? NULL : TAILQ_FIRST(&o->items);
}

void
turns_pass(struct turns *t)
{
	struct turn_owner *o = TAILQ_FIRST(&t->ring);

	if (o == NULL)
		return;
	TAILQ_REMOVE(&t->ring, o, others);
	TAILQ_INSERT_TAIL(&t->ring, o, others);
}

struct turn *
turns_take(struct turns *t)
{
	struct turn *item = turns_first(t);

	if (item == NULL)
		return NULL;
	turns_pass(t);
	turns_remove(t, item);
	return item;
}

void
turns_remove(struct turns *t, struct turn *item)
{
	struct turn_owner *o = item->owner;

	if (o == NULL)
		return;
	TAILQ_REMOVE(&o->items, item, others);
	o->count--;
	item->owner = NULL;
	if (!TAILQ_EMPTY(&o->items))
		return;
	TAILQ_REMOVE(&t->ring, o, others);
	owner_table_remove(&t->owners, &o->owner);
	free(o);
}

size_t
turns_owners(const struct turns *t)
{
	return t->owners.count;
}

size_t
turns_count(const struct turns *t, const unsigned char owner[OWNER_BYTES])
{
	const struct turn_owner *o =
	    (const struct turn_owner *)owner_table_find(&t->owners, owner);

	return o == NULL ? 0 : o->count;
}

bool
turns_empty(const struct turns *t)
{
	return TAILQ_EMPTY(&t->ring);
}
