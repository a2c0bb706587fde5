/* claim_params.c - what a claim asks for, as parameters of postern.claim. */
#include "delivery/claim_params.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "common/pgarray.h"

/* In the order of the statement's parameters. */
enum param {
	LOW,
	WANTED,
	EACH,
	BUSY,
	BUSY_ROOM,
	ACCOUNT_EACH,
	ACCOUNTS,
	ACCOUNT_ROOM,
	SUSPECT_ROOM,
	FAILING_ROOM,
	SUSPECT_OWED,
	FAILING_OWED,
	SUSPECT_EACH,
	SUSPECT_ROOMS,
	FAILING_EACH,
	FAILING_ROOMS,
	VISIT,
	VISIT_LOW,
	VISIT_DUE,
	PAST,
	LANES_LOW,
	PARAMS
};

/* The types of those that are arrays. */
static const enum pgarray_type array_types[PARAMS] = {
	[BUSY] = PGARRAY_UUID,
	[BUSY_ROOM] = PGARRAY_INT4,
	[ACCOUNTS] = PGARRAY_UUID,
	[ACCOUNT_ROOM] = PGARRAY_INT4,
	[SUSPECT_ROOMS] = PGARRAY_INT4,
	[FAILING_ROOMS] = PGARRAY_INT4,
	[VISIT] = PGARRAY_UUID,
	[VISIT_LOW] = PGARRAY_INT8,
	[VISIT_DUE] = PGARRAY_TIMESTAMPTZ,
};

#define NUMBER_BYTES 8

struct claim_params {
	struct pgarray arrays[PARAMS];
	char numbers[PARAMS][NUMBER_BYTES];
	const char *values[PARAMS];
	int lengths[PARAMS];
	struct queue_params params;
};

/* Who adds what is in hand, while claim_params_set lasts. */
struct naming {
	struct claim_params *params;
	const struct claim_order *order;
	const struct prefetch *hand;
};

struct claim_params *
claim_params_open(void)
{
	struct claim_params *p = calloc(1, sizeof *p);

	if (p != NULL)
		p->params =
		    (struct queue_params){ PARAMS, p->values, p->lengths };
	return p;
}

void
claim_params_close(struct claim_params *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < PARAMS; i++)
		pgarray_clear(&p->arrays[i]);
	free(p);
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static void
set_int4(struct claim_params *p, enum param i, size_t n)
{
	uint32_t bytes = htonl((uint32_t)n);

	memcpy(p->numbers[i], &bytes, sizeof bytes);
	p->values[i] = p->numbers[i];
	p->lengths[i] = sizeof bytes;
}

static void
set_int8(struct claim_params *p, enum param i, int64_t n)
{
	uint32_t bytes[] = { htonl((uint32_t)((uint64_t)n >> 32)),
		htonl((uint32_t)n) };

	memcpy(p->numbers[i], bytes, sizeof bytes);
	p->values[i] = p->numbers[i];
	p->lengths[i] = sizeof bytes;
}

static void
set_null(struct claim_params *p, enum param i)
{
	p->values[i] = NULL;
	p->lengths[i] = 0;
}

static void
name_webhook(void *entry, void *arg)
{
	const struct prefetch_webhook *w = entry;
	struct naming *naming = arg;
	struct pgarray *arrays = naming->params->arrays;
	unsigned room;

	if (!prefetch_webhook_room(w, &room))
		return;
	pgarray_add(&arrays[BUSY], w->entry.id, ID_BYTES);
	pgarray_add_int4(&arrays[BUSY_ROOM], (int32_t)room);
}

static void
add_account(struct claim_params *p, const unsigned char account[ID_BYTES],
    const struct prefetch_rooms *rooms)
{
	pgarray_add(&p->arrays[ACCOUNTS], account, ID_BYTES);
	pgarray_add_int4(&p->arrays[ACCOUNT_ROOM],
	    (int32_t)rooms->of[PREFETCH_ALL]);
	pgarray_add_int4(&p->arrays[SUSPECT_ROOMS],
	    (int32_t)rooms->of[PREFETCH_SUSPECT]);
	pgarray_add_int4(&p->arrays[FAILING_ROOMS],
	    (int32_t)rooms->of[PREFETCH_FAILING]);
}

/* Could the claim take more of it than there is room for? */
static bool
is_short(const struct prefetch_rooms *rooms, const struct claim_order *o)
{
	for (int c = 0; c < PREFETCH_CLASSES; c++)
		if (rooms->of[c] < least(o->wanted, OWING_TURN_FIRST))
			return true;
	return false;
}

static const struct prefetch_rooms no_rooms;

/* What is published now waits for what they are owed already. */
static void
name_account(void *entry, void *arg)
{
	const struct prefetch_account *a = entry;
	struct naming *naming = arg;
	struct prefetch_rooms rooms;

	if (a->hands[PREFETCH_ALL].count < CLAIM_PARAMS_FEW ||
	    owing_visits(naming->order->owing, a->entry.id))
		return;
	rooms = owing_waits(naming->order->owing, a->entry.id)
	    ? no_rooms
	    : prefetch_account_rooms(naming->hand, a);
	if (is_short(&rooms, naming->order))
		add_account(naming->params, a->entry.id, &rooms);
}

/* So too if they have none in hand. */
static void
name_others(struct naming *naming)
{
	const struct claim_order *o = naming->order;
	const struct prefetch_account *a;

	for (size_t i = 0; i < o->other_count; i++) {
		a = id_table_find(naming->hand->accounts, o->others[i]);
		if (a == NULL ||
		    a->hands[PREFETCH_ALL].count < CLAIM_PARAMS_FEW)
			add_account(naming->params, o->others[i], &no_rooms);
	}
}

static void
add_or_null(struct pgarray *to, int64_t n)
{
	if (n == OWING_NONE)
		pgarray_add_null(to);
	else
		pgarray_add_int8(to, n);
}

static void
name_visited(struct naming *naming, const struct owing_account *visited)
{
	const struct prefetch *hand = naming->hand;
	const struct prefetch_account *a =
	    id_table_find(hand->accounts, visited->account);
	struct prefetch_rooms rooms = a != NULL
	    ? prefetch_account_rooms(hand, a)
	    : prefetch_each_account(hand);

	rooms.of[PREFETCH_ALL] =
	    (unsigned)least(rooms.of[PREFETCH_ALL], visited->turn);
	add_account(naming->params, visited->account, &rooms);
}

static void
add_visits(struct naming *naming)
{
	struct claim_params *p = naming->params;
	const struct claim_order *o = naming->order;

	for (size_t i = 0; i < o->visit_count; i++) {
		name_visited(naming, &o->visits[i]);
		pgarray_add(&p->arrays[VISIT], o->visits[i].account, ID_BYTES);
		add_or_null(&p->arrays[VISIT_LOW], o->visits[i].low);
		add_or_null(&p->arrays[VISIT_DUE], o->visits[i].due);
	}
}

static void
set_numbers(struct claim_params *p, const struct claim_order *o,
    const struct prefetch *hand)
{
	struct prefetch_rooms all = prefetch_rooms(hand),
			      owed = prefetch_rooms_but(hand, PREFETCH_NEW),
			      each = prefetch_each_account(hand);

	/* which finds both */
	if (o->low == 0)
		all = prefetch_rooms_but(hand, 2 * PREFETCH_NEW);
	set_int8(p, LOW, o->low);
	set_int4(p, WANTED, o->wanted);
	set_int4(p, EACH, PREFETCH_PER_WEBHOOK);
	set_int4(p, ACCOUNT_EACH,
	    least(each.of[PREFETCH_ALL], OWING_TURN_FIRST));
	set_int4(p, SUSPECT_ROOM, all.of[PREFETCH_SUSPECT]);
	set_int4(p, FAILING_ROOM, all.of[PREFETCH_FAILING]);
	set_int4(p, SUSPECT_OWED, owed.of[PREFETCH_SUSPECT]);
	set_int4(p, FAILING_OWED, owed.of[PREFETCH_FAILING]);
	set_int4(p, SUSPECT_EACH, each.of[PREFETCH_SUSPECT]);
	set_int4(p, FAILING_EACH, each.of[PREFETCH_FAILING]);
	if (o->past == NULL) {
		set_null(p, PAST);
	} else {
		p->values[PAST] = (const char *)o->past;
		p->lengths[PAST] = ID_BYTES;
	}
	if (o->lanes_low == NULL)
		set_null(p, LANES_LOW);
	else
		set_int8(p, LANES_LOW, *o->lanes_low);
}

static bool
end_arrays(struct claim_params *p)
{
	for (size_t i = 0; i < PARAMS; i++)
		if (array_types[i] != 0 &&
		    !pgarray_parameter(&p->arrays[i], array_types[i],
			&p->values[i], &p->lengths[i]))
			return false;
	return true;
}

const struct queue_params *
claim_params_set(struct claim_params *p, const struct claim_order *order,
    const struct prefetch *hand)
{
	struct naming naming = { p, order, hand };

	for (size_t i = 0; i < PARAMS; i++)
		pgarray_reset(&p->arrays[i]);
	set_numbers(p, order, hand);
	id_table_each(hand->webhooks, name_webhook, &naming);
	id_table_each(hand->accounts, name_account, &naming);
	name_others(&naming);
	add_visits(&naming);
	return end_arrays(p) ? &p->params : NULL;
}
