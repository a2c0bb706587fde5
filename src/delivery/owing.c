/* owing.c - the accounts that are owed more than could be claimed, in turn. */
#include "delivery/owing.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "delivery/id_table.h"

#define LOOK_AT 1024 /* entries, for those with fresh deliveries */

struct entry {
	struct id_entry entry;
	TAILQ_ENTRY(entry) place;
	int64_t low, due;
	bool visited;         /* by this claim, */
	bool noted;           /* which saw that it has more */
	unsigned turn, taken; /* so many may be taken, and were */
	int rest_ms;          /* the last one */
	long long until_ms;   /* it rests until then */
};

TAILQ_HEAD(entries, entry);

struct owing {
	struct id_table *accounts;
	struct entries fresh, old, visited;
	long long wake_ms;
};

struct owing *
owing_open(void)
{
	struct owing *o = calloc(1, sizeof *o);

	if (o == NULL)
		return NULL;
	TAILQ_INIT(&o->fresh);
	TAILQ_INIT(&o->old);
	TAILQ_INIT(&o->visited);
	o->wake_ms = LLONG_MAX;
	o->accounts = id_table_open(sizeof(struct entry));
	if (o->accounts != NULL)
		return o;
	free(o);
	return NULL;
}

void
owing_close(struct owing *o)
{
	if (o == NULL)
		return;
	id_table_close(o->accounts);
	free(o);
}

size_t
owing_count(const struct owing *o)
{
	return id_table_count(o->accounts);
}

static void
forget_entry(struct owing *o, struct entries *list, struct entry *e)
{
	TAILQ_REMOVE(list, e, place);
	id_table_remove(o->accounts, e);
}

static void
forget_list(struct owing *o, struct entries *list)
{
	struct entry *e;

	while ((e = TAILQ_FIRST(list)) != NULL)
		forget_entry(o, list, e);
}

void
owing_forget(struct owing *o)
{
	forget_list(o, &o->fresh);
	forget_list(o, &o->old);
	forget_list(o, &o->visited);
	o->wake_ms = LLONG_MAX;
}

static void
wake_by(struct owing *o, long long at_ms)
{
	if (at_ms < o->wake_ms)
		o->wake_ms = at_ms;
}

static struct owing_account
describe_entry(const struct entry *e)
{
	struct owing_account account = { .low = e->low,
		.due = e->due,
		.turn = e->turn };

	memcpy(account.account, e->entry.id, ID_BYTES);
	return account;
}

/* What owing_choose was asked for, and how many it has. */
struct choice {
	struct owing *owing;
	long long now_ms;
	const struct owing_judge *judge;
	struct owing_account *visits;
	size_t count, count_max;
};

static void
choose_from(struct choice *c, struct entries *list)
{
	struct entry *e, *next;

	for (e = TAILQ_FIRST(list); e != NULL; e = next) {
		next = TAILQ_NEXT(e, place);
		if (e->until_ms > c->now_ms) {
			wake_by(c->owing, e->until_ms);
			continue;
		}
		if (c->count == c->count_max) {
			wake_by(c->owing, c->now_ms);
			return;
		}
		if (!c->judge->may(e->entry.id, c->judge->arg))
			continue;
		TAILQ_REMOVE(list, e, place);
		TAILQ_INSERT_TAIL(&c->owing->visited, e, place);
		e->visited = true;
		e->noted = false;
		e->taken = 0;
		c->visits[c->count++] = describe_entry(e);
	}
}

size_t
owing_choose(struct owing *o, long long now_ms, const struct owing_judge *judge,
    struct owing_account *visits, size_t count_max)
{
	struct choice c = { o, now_ms, judge, visits, 0, count_max };

	o->wake_ms = LLONG_MAX;
	choose_from(&c, &o->fresh);
	choose_from(&c, &o->old);
	return c.count;
}

size_t
owing_list_others(const struct owing *o, unsigned char (*accounts)[ID_BYTES],
    size_t count_max)
{
	const struct entries *const lists[] = { &o->fresh, &o->old };
	const struct entry *e;
	size_t count = 0, seen = 0;

	for (size_t i = 0; i < COUNT(lists); i++)
		for (e = TAILQ_FIRST(lists[i]); e != NULL;
		     e = TAILQ_NEXT(e, place)) {
			if (count == count_max || seen++ == LOOK_AT)
				return count;
			if (e->low != OWING_NONE)
				memcpy(accounts[count++], e->entry.id,
				    ID_BYTES);
		}
	return count;
}

static struct entry *
find_entry(const struct owing *o, const unsigned char account[ID_BYTES])
{
	return id_table_find(o->accounts, account);
}

bool
owing_waits(const struct owing *o, const unsigned char account[ID_BYTES])
{
	const struct entry *e = find_entry(o, account);

	return e != NULL && !e->visited && e->low != OWING_NONE;
}

bool
owing_visits(const struct owing *o, const unsigned char account[ID_BYTES])
{
	const struct entry *e = find_entry(o, account);

	return e != NULL && e->visited;
}

bool
owing_served(struct owing *o, const unsigned char account[ID_BYTES])
{
	struct entry *e = find_entry(o, account);

	if (e == NULL || !e->visited)
		return false;
	e->taken++;
	return true;
}

static void
add_entry(struct owing *o, const struct owing_account *more)
{
	struct entry *e;

	if (owing_count(o) == OWING_MAX)
		return;
	e = id_table_get(o->accounts, more->account);
	if (e == NULL)
		return;
	e->low = more->low;
	e->due = more->due;
	e->turn = 2 * OWING_TURN_FIRST;
	TAILQ_INSERT_TAIL(&o->fresh, e, place);
	wake_by(o, 0);
}

void
owing_note(struct owing *o, const struct owing_account *more)
{
	struct entry *e = find_entry(o, more->account);

	if (e == NULL) {
		add_entry(o, more);
		return;
	}
	/* a visit begins at the old bounds, so it alone can raise them */
	if (e->visited && !e->noted)
		e->low = e->due = OWING_NONE;
	if (more->low < e->low)
		e->low = more->low;
	if (more->due < e->due)
		e->due = more->due;
	e->noted = true;
}

static void
rest_entry(struct entry *e, long long now_ms)
{
	e->rest_ms = e->rest_ms == 0 ? OWING_REST_MIN_MS : 2 * e->rest_ms;
	if (e->rest_ms > OWING_REST_MAX_MS)
		e->rest_ms = OWING_REST_MAX_MS;
	e->until_ms = now_ms + e->rest_ms;
}

static void
serve_entry(struct entry *e, long long took_ms)
{
	unsigned most =
	    took_ms > OWING_SOON_MS ? OWING_TURN_FAIR : OWING_TURN_MAX;

	e->rest_ms = 0;
	if (took_ms > 2 * OWING_SOON_MS && e->turn > OWING_TURN_FAIR)
		e->turn /= 2;
	else if (e->taken >= e->turn && e->turn < most)
		e->turn *= 2;
}

/* At the head of the list, in the order in which they were visited. */
static void
put_back(struct owing *o, struct entry *e, struct entry **after)
{
	if (*after == NULL)
		TAILQ_INSERT_HEAD(&o->old, e, place);
	else
		TAILQ_INSERT_AFTER(&o->old, *after, e, place);
	*after = e;
}

void
owing_settle(struct owing *o, bool full, long long began_ms, long long now_ms)
{
	struct entry *e, *after = NULL;

	while ((e = TAILQ_FIRST(&o->visited)) != NULL) {
		if (!e->noted) {
			forget_entry(o, &o->visited, e);
			continue;
		}
		TAILQ_REMOVE(&o->visited, e, place);
		e->visited = false;
		if (e->taken > 0 || !full) {
			TAILQ_INSERT_TAIL(&o->old, e, place);
			if (e->taken > 0)
				serve_entry(e, now_ms - began_ms);
			else
				rest_entry(e, now_ms);
		} else {
			put_back(o, e, &after);
		}
		wake_by(o, e->until_ms);
	}
}

void
owing_undo(struct owing *o)
{
	struct entry *e, *after = NULL;

	while ((e = TAILQ_FIRST(&o->visited)) != NULL) {
		TAILQ_REMOVE(&o->visited, e, place);
		e->visited = false;
		put_back(o, e, &after);
	}
}

long long
owing_wake_ms(const struct owing *o)
{
	return o->wake_ms;
}
