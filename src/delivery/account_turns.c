/* account_turns.c - whose turn it is: shares places among accounts. */
#include "delivery/account_turns.h"

#include <math.h>
#include <stdlib.h>

#define NOWHERE STANDING_COUNT /* no pool: it is in no heap */
#define ROOM_MIN 64
#define INNER 0.75F /* of an account's part, in an inner pool */
#define TURN_MS 1   /* the least that a turn counts for */

void
account_turns_init(struct account_turns *t, size_t places)
{
	*t = (struct account_turns){ .pools = {
					 [STANDING_PROVEN] = { .capacity =
								   places },
					 [STANDING_NEW] = { .capacity = places -
						 places / 2 },
					 [STANDING_FAILING] = { .capacity =
								    (places +
									3) /
						 4 },
				     } };
	for (size_t s = 0; s < STANDING_COUNT; s++)
		t->lines[s].now = ACCOUNT_TURN_CREDIT_MS;
}

void
account_turns_clear(struct account_turns *t)
{
	for (size_t s = 0; s < STANDING_COUNT; s++)
		for (size_t pool = 0; pool <= s; pool++)
			free(t->heaps[s][pool].turns);
	*t = (struct account_turns){ 0 };
}

static bool
is_before(const struct account_turn *a, const struct account_turn *b,
    enum standing standing, size_t pool)
{
	return a->order[pool] < b->order[pool] ||
	    (a->order[pool] == b->order[pool] &&
		a->tag[standing] < b->tag[standing]);
}

static void
put(struct account_turn_heap *h, size_t place, struct account_turn *a,
    enum standing standing)
{
	h->turns[place] = a;
	a->at[standing].place = place;
}

/* Let it rise, then sink, to where it belongs. */
static void
settle(struct account_turns *t, struct account_turn *a, enum standing standing)
{
	size_t pool = a->at[standing].pool, place = a->at[standing].place;
	struct account_turn_heap *h = &t->heaps[standing][pool];
	size_t child;

	for (; place > 0 &&
	     is_before(a, h->turns[(place - 1) / 2], standing, pool);
	     place = (place - 1) / 2)
		put(h, place, h->turns[(place - 1) / 2], standing);
	for (; (child = 2 * place + 1) < h->count; place = child) {
		if (child + 1 < h->count &&
		    is_before(h->turns[child + 1], h->turns[child], standing,
			pool))
			child++;
		if (!is_before(h->turns[child], a, standing, pool))
			break;
		put(h, place, h->turns[child], standing);
	}
	put(h, place, a, standing);
}

static void
insert(struct account_turns *t, struct account_turn *a, enum standing standing,
    size_t pool)
{
	a->at[standing].pool = pool;
	a->at[standing].place = t->heaps[standing][pool].count++;
	settle(t, a, standing);
}

static void
extract(struct account_turns *t, struct account_turn *a, enum standing standing)
{
	struct account_turn_heap *h = &t->heaps[standing][a->at[standing].pool];
	struct account_turn *last = h->turns[--h->count];

	if (last != a) {
		last->at[standing].place = a->at[standing].place;
		settle(t, last, standing);
	}
	a->at[standing].pool = NOWHERE;
}

static void
settle_all(struct account_turns *t, struct account_turn *a)
{
	for (size_t s = 0; s < STANDING_COUNT; s++)
		if (a->at[s].pool != NOWHERE)
			settle(t, a, (enum standing)s);
}

/* So that share_limit allows one more as long as this is within its unit. */
static void
set_order(struct account_turn *a, size_t pool)
{
	a->order[pool] =
	    a->held[pool] == 0 ? 0 : ((float)a->held[pool] + 0.5F) / a->weight;
}

static bool
make_room(struct account_turns *t, size_t room)
{
	for (size_t s = 0; s < STANDING_COUNT; s++)
		for (size_t pool = 0; pool <= s; pool++) {
			struct account_turn_heap *h = &t->heaps[s][pool];
			struct account_turn **turns = reallocarray(h->turns,
			    room, sizeof(struct account_turn *));

			if (turns == NULL)
				return false;
			h->turns = turns;
		}
	t->room = room;
	return true;
}

bool
account_turns_join(struct account_turns *t, struct account_turn *a,
    float weight)
{
	if (t->accounts == t->room &&
	    !make_room(t, t->room == 0 ? ROOM_MIN : 2 * t->room))
		return false;
	t->accounts++;
	a->weight = weight;
	for (size_t s = 0; s < STANDING_COUNT; s++)
		a->at[s].pool = NOWHERE;
	return true;
}

bool
account_turns_may_leave(const struct account_turns *t,
    const struct account_turn *a)
{
	for (size_t s = 0; s < STANDING_COUNT; s++)
		if (a->tag[s] > t->lines[s].now - ACCOUNT_TURN_CREDIT_MS)
			return false;
	return a->ready == 0 && a->held[STANDING_PROVEN] == 0;
}

void
account_turns_leave(struct account_turns *t)
{
	t->accounts--;
}

void
account_turns_set_weight(struct account_turns *t, struct account_turn *a,
    float weight)
{
	a->weight = weight;
	for (size_t pool = 0; pool < STANDING_COUNT; pool++)
		set_order(a, pool);
	settle_all(t, a);
}

/* It had nothing ready of this standing. */
static void
enter_line(struct account_turns *t, struct account_turn *a,
    enum standing standing)
{
	struct account_turn_line *line = &t->lines[standing];

	a->tag[standing] =
	    fmax(a->tag[standing], line->now - ACCOUNT_TURN_CREDIT_MS);
	line->waiting++;
}

/* Once nobody waits, what anybody has had before is forgotten. */
static void
leave_line(struct account_turn_line *line)
{
	if (--line->waiting == 0)
		line->now = line->last + ACCOUNT_TURN_CREDIT_MS;
}

static void
raise_tag(struct account_turns *t, struct account_turn *a,
    enum standing standing, double ms)
{
	struct account_turn_line *line = &t->lines[standing];

	a->tag[standing] += ms / (double)a->weight;
	line->last = fmax(line->last, a->tag[standing]);
}

void
account_turns_set_ready(struct account_turns *t, struct account_turn *a,
    enum standing standing, bool ready)
{
	unsigned bit = 1U << standing;

	if (((a->ready & bit) != 0) == ready)
		return;
	a->ready ^= bit;
	if (ready) {
		enter_line(t, a, standing);
		insert(t, a, standing, standing);
	} else {
		extract(t, a, standing);
		leave_line(&t->lines[standing]);
	}
}

static void
set_units(struct account_turns *t)
{
	float most = INFINITY;

	for (size_t pool = 0; pool < STANDING_COUNT; pool++) {
		float unit = (float)share_unit(&t->pools[pool]);

		t->unit[pool] = fminf(unit, most);
		most = fmaxf(t->unit[pool] * INNER, SHARE_FEW);
	}
}

static bool
is_blocked(const struct account_turns *t, const struct account_turn *a,
    size_t pool)
{
	return t->pools[pool].used >= t->pools[pool].capacity ||
	    a->order[pool] > t->unit[pool];
}

/* The outermost pool that blocks it; NOWHERE: none does. */
static size_t
find_block(const struct account_turns *t, const struct account_turn *a,
    enum standing standing)
{
	for (size_t pool = 0; pool <= standing; pool++)
		if (is_blocked(t, a, pool))
			return pool;
	return NOWHERE;
}

/* The first of a heap whom nothing blocks; who is of another goes there. */
static struct account_turn *
find_first(struct account_turns *t, enum standing standing, size_t pool)
{
	struct account_turn_heap *h = &t->heaps[standing][pool];

	while (h->count > 0 && !is_blocked(t, h->turns[0], pool)) {
		struct account_turn *a = h->turns[0];
		size_t block = find_block(t, a, standing);

		if (block == NOWHERE)
			return a;
		extract(t, a, standing);
		insert(t, a, standing, block);
	}
	return NULL;
}

/* Is this one of that standing before the next of all others? */
static bool
is_sooner(const struct account_turns *t, const struct account_turn *a,
    enum standing standing, const struct account_turn *next,
    enum standing next_standing)
{
	const size_t all = STANDING_PROVEN;

	if (a->order[all] < next->order[all] ||
	    a->order[all] > next->order[all])
		return a->order[all] < next->order[all];
	return a->tag[standing] - t->lines[standing].now <
	    next->tag[next_standing] - t->lines[next_standing].now;
}

struct account_turn *
account_turns_next(struct account_turns *t, bool but_unproven,
    enum standing *standing)
{
	struct account_turn *next = NULL;

	set_units(t);
	for (size_t s = 0; s < STANDING_COUNT; s++)
		for (size_t pool = 0; pool <= s; pool++) {
			struct account_turn *a;

			if (but_unproven && s != STANDING_PROVEN)
				return next;
			a = find_first(t, (enum standing)s, pool);
			if (a == NULL ||
			    (next != NULL &&
				!is_sooner(t, a, (enum standing)s, next,
				    *standing)))
				continue;
			next = a;
			*standing = (enum standing)s;
		}
	return next;
}

void
account_turns_take(struct account_turns *t, struct account_turn *a,
    enum standing standing)
{
	struct account_turn_line *line = &t->lines[standing];

	for (size_t pool = 0; pool <= standing; pool++) {
		t->pools[pool].used++;
		a->held[pool]++;
		set_order(a, pool);
	}
	line->now = fmax(line->now, a->tag[standing]);
	raise_tag(t, a, standing, TURN_MS);
	settle_all(t, a);
}

void
account_turns_give(struct account_turns *t, struct account_turn *a,
    enum standing standing, long long held_ms)
{
	for (size_t pool = 0; pool <= standing; pool++) {
		t->pools[pool].used--;
		a->held[pool]--;
		set_order(a, pool);
	}
	raise_tag(t, a, standing, (double)held_ms);
	settle_all(t, a);
}
