/* holdings.c - what owners hold of something bounded, and which goes first. */
#include "http/holdings.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

/* Who holds so many or more holds most. */
#define LEVELS 1024

struct holder {
	struct owner owner;
	TAILQ_ENTRY(holder) others; /* of its level, by their last use */
	size_t count;
	struct holding *oldest, *newest;
};

struct holdings {
	struct owner_table owners;
	size_t most; /* the highest level with somebody; 0: there is nobody */
	TAILQ_HEAD(, holder) levels[LEVELS]; /* by how many they hold */
};

struct holdings *
holdings_open(void)
{
	struct holdings *h = calloc(1, sizeof *h);

	if (h == NULL)
		return NULL;
	for (size_t i = 0; i < LEVELS; i++)
		TAILQ_INIT(&h->levels[i]);
	if (owner_table_init(&h->owners))
		return h;
	free(h);
	return NULL;
}

void
holdings_close(struct holdings *h)
{
	if (h == NULL)
		return;
	owner_table_clear(&h->owners);
	free(h);
}

/* --- who holds how much --- */

static size_t
level_of(const struct holder *o)
{
	return o->count < LEVELS ? o->count : LEVELS - 1;
}

static void
leave_level(struct holdings *h, struct holder *o)
{
	TAILQ_REMOVE(&h->levels[level_of(o)], o, others);
}

static void
take_level(struct holdings *h, struct holder *o)
{
	size_t level = level_of(o);

	TAILQ_INSERT_TAIL(&h->levels[level], o, others);
	if (level > h->most)
		h->most = level;
}

static struct holder *
find_holder(const struct holdings *h, const unsigned char owner[OWNER_BYTES])
{
	return (struct holder *)owner_table_find(&h->owners, owner);
}

/* One who holds nothing yet. NULL: memory is short. */
static struct holder *
make_holder(struct holdings *h, const unsigned char owner[OWNER_BYTES])
{
	struct holder *o = calloc(1, sizeof *o);

	if (o == NULL)
		return NULL;
	memcpy(o->owner.id, owner, OWNER_BYTES);
	owner_table_add(&h->owners, &o->owner);
	take_level(h, o);
	return o;
}

/* Who holds nothing any more is forgotten. */
static void
settle(struct holdings *h, struct holder *o)
{
	if (o->count > 0) {
		take_level(h, o);
	} else {
		owner_table_remove(&h->owners, &o->owner);
		free(o);
	}
	while (h->most > 0 && TAILQ_EMPTY(&h->levels[h->most]))
		h->most--;
}

/* --- the things --- */

static void
append(struct holder *o, struct holding *thing)
{
	thing->holder = o;
	thing->newer = NULL;
	thing->older = o->newest;
	*(thing->older == NULL ? &o->oldest : &thing->older->newer) = thing;
	o->newest = thing;
	o->count++;
}

static void
take_out(struct holding *thing)
{
	struct holder *o = thing->holder;

	*(thing->older == NULL ? &o->oldest : &thing->older->newer) =
	    thing->newer;
	*(thing->newer == NULL ? &o->newest : &thing->newer->older) =
	    thing->older;
	thing->holder = NULL;
	o->count--;
}

bool
holdings_use(struct holdings *h, struct holding *thing,
    const unsigned char owner[OWNER_BYTES])
{
	struct holder *o = find_holder(h, owner);

	if (o == NULL)
		o = make_holder(h, owner);
	if (thing->holder != o)
		holdings_remove(h, thing);
	if (o == NULL)
		return false;
	leave_level(h, o);
	if (thing->holder == o)
		take_out(thing);
	append(o, thing);
	settle(h, o);
	return true;
}

void
holdings_remove(struct holdings *h, struct holding *thing)
{
	struct holder *o = thing->holder;

	if (o == NULL)
		return;
	leave_level(h, o);
	take_out(thing);
	settle(h, o);
}

struct holding *
holdings_first(const struct holdings *h, const unsigned char owner[OWNER_BYTES])
{
	struct holder *o = find_holder(h, owner);

	if (o == NULL || level_of(o) < h->most)
		o = TAILQ_FIRST(&h->levels[h->most]);
	return o == NULL ? NULL : o->oldest;
}

size_t
holdings_count(const struct holdings *h, const unsigned char owner[OWNER_BYTES])
{
	const struct holder *o = find_holder(h, owner);

	return o == NULL ? 0 : o->count;
}

size_t
holdings_beside(const struct holding *thing)
{
	return thing->holder->count;
}
