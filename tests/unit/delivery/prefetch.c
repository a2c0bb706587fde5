/* prefetch.c - a worker claims so many ahead, and shares them by account. */
#include "delivery/prefetch.h"

#include <string.h>

#include <criterion/criterion.h>

#define IN_FLIGHT 1024
#define MOST (2 * IN_FLIGHT * 8 / 7)
#define OPEN (MOST - MOST / 8)

static struct prefetch p;

static void
open_prefetch(void)
{
	cr_assert(prefetch_init(&p, IN_FLIGHT));
	p.body_estimate = 1;
}

static void
close_prefetch(void)
{
	prefetch_clear(&p);
}

TestSuite(prefetch, .init = open_prefetch, .fini = close_prefetch);

static struct attempt *
of_account(unsigned char account, enum standing standing, size_t body_length)
{
	static const char body[PREFETCH_BODY_MAX];
	struct attempt *a = attempt_new("u", 1, body, body_length);

	memset(a->account, account, ID_BYTES);
	memset(a->webhook, account, ID_BYTES);
	a->standing = standing;
	a->share = 1;
	return a;
}

static void
hold(unsigned char account, enum standing standing, size_t body_length,
    unsigned count)
{
	struct attempt *a = of_account(account, standing, body_length);

	for (unsigned i = 0; i < count; i++)
		prefetch_add(&p, a, body_length);
	attempt_free(a);
	p.body_estimate = body_length + 1;
}

static void
release(unsigned char account, enum standing standing, size_t body_length,
    unsigned count)
{
	struct attempt *a = of_account(account, standing, body_length);

	for (unsigned i = 0; i < count; i++)
		prefetch_remove(&p, a);
	attempt_free(a);
}

static unsigned
all_room(void)
{
	return prefetch_rooms(&p).of[PREFETCH_ALL];
}

static struct prefetch_rooms
rooms_of(unsigned char account)
{
	unsigned char id[ID_BYTES];
	struct prefetch_account *a;

	memset(id, account, ID_BYTES);
	a = id_table_find(p.accounts, id);
	return a == NULL ? prefetch_each_account(&p)
			 : prefetch_account_rooms(&p, a);
}

static unsigned
room_of(unsigned char account, enum prefetch_class c)
{
	return rooms_of(account).of[c];
}

static bool
may_claim(unsigned char account)
{
	unsigned char id[ID_BYTES];

	memset(id, account, ID_BYTES);
	return prefetch_may_claim(&p, id);
}

Test(prefetch, at_first_bodies_may_be_as_long_as_can_be)
{
	p.body_estimate = PREFETCH_BODY_MAX;
	cr_assert_eq(all_room(), 256 - 256 / 8);
	cr_assert(prefetch_has_ample_room(&p));
}

Test(prefetch, an_account_alone_may_have_nearly_all)
{
	cr_assert_eq(all_room(), OPEN);
	cr_assert_geq(room_of(1, PREFETCH_ALL), OPEN);
	hold(1, STANDING_PROVEN, 0, 1500);
	cr_assert_geq(room_of(1, PREFETCH_ALL), MOST / 8);
	hold(1, STANDING_PROVEN, 0, OPEN - 1500);
	cr_assert_eq(room_of(1, PREFETCH_ALL), 0);
	cr_assert_not(may_claim(1));
}

Test(prefetch, the_last_eighth_is_for_those_with_few)
{
	hold(1, STANDING_PROVEN, 0, OPEN);
	cr_assert_eq(all_room(), MOST / 8);
	cr_assert_eq(room_of(2, PREFETCH_ALL), 2);
	hold(2, STANDING_PROVEN, 0, 1);
	cr_assert_eq(room_of(2, PREFETCH_ALL), 1);
	cr_assert(may_claim(2));
	hold(2, STANDING_PROVEN, 0, 1);
	cr_assert_not(may_claim(2));
	cr_assert(may_claim(3));
}

Test(prefetch, a_claim_has_room_for_some_with_few_before_the_last_eighth)
{
	hold(1, STANDING_PROVEN, 0, OPEN - 1);
	cr_assert_eq(all_room(), MOST / 16);
	cr_assert_eq(room_of(1, PREFETCH_ALL), 0);
}

Test(prefetch, when_all_is_in_hand_there_is_room_for_nobody)
{
	hold(1, STANDING_PROVEN, 0, MOST);
	cr_assert_eq(all_room(), 0);
	cr_assert_not(may_claim(2));
	release(1, STANDING_PROVEN, 0, 1);
	cr_assert_eq(all_room(), 1);
	cr_assert(may_claim(2));
	cr_assert_not(may_claim(1));
}

Test(prefetch, a_heavy_account_has_room_once_a_quarter_of_its_limit_is_free)
{
	hold(1, STANDING_PROVEN, 0, 1840);
	cr_assert_eq(room_of(1, PREFETCH_ALL), 0, "8 * 208 is less");
	release(1, STANDING_PROVEN, 0, 60);
	cr_assert_eq(room_of(1, PREFETCH_ALL), 0, "a quarter of 2144 is 536");
	release(1, STANDING_PROVEN, 0, 25);
	cr_assert_eq(room_of(1, PREFETCH_ALL), 8 * 293 - 1755);
}

Test(prefetch, what_is_not_proven_has_less_and_what_fails_least)
{
	struct prefetch_rooms rooms = prefetch_rooms(&p);

	cr_assert_eq(rooms.of[PREFETCH_SUSPECT], 512 - 512 / 8);
	cr_assert_eq(rooms.of[PREFETCH_FAILING], 256 - 256 / 8);
	hold(1, STANDING_FAILING, 0, 224);
	hold(2, STANDING_NEW, 0, 224);
	rooms = prefetch_rooms(&p);
	cr_assert_eq(rooms.of[PREFETCH_FAILING], 256 / 8);
	cr_assert_eq(rooms.of[PREFETCH_SUSPECT], 512 / 8);
	cr_assert_eq(rooms.of[PREFETCH_ALL], OPEN - 448);
	cr_assert_eq(room_of(1, PREFETCH_FAILING), 0);
	cr_assert_eq(room_of(2, PREFETCH_SUSPECT), 0);
	cr_assert_eq(room_of(3, PREFETCH_FAILING), 2);
	cr_assert_geq(room_of(1, PREFETCH_ALL), 1000, "for those proven");
}

Test(prefetch, the_last_sixteenth_is_for_what_is_new)
{
	struct prefetch_rooms left = prefetch_rooms_but(&p, PREFETCH_NEW);

	cr_assert_eq(left.of[PREFETCH_SUSPECT], 512 - 512 / 8);
	hold(1, STANDING_NEW, 0, 512 - 512 / 8 - 1);
	left = prefetch_rooms_but(&p, PREFETCH_NEW);
	cr_assert_eq(left.of[PREFETCH_SUSPECT], 512 / 16);
	hold(1, STANDING_NEW, 0, 512 / 16);
	left = prefetch_rooms_but(&p, PREFETCH_NEW);
	cr_assert_eq(left.of[PREFETCH_SUSPECT], 1);
	hold(1, STANDING_NEW, 0, 1);
	left = prefetch_rooms_but(&p, PREFETCH_NEW);
	cr_assert_eq(left.of[PREFETCH_SUSPECT], 0);
	cr_assert_eq(prefetch_rooms(&p).of[PREFETCH_SUSPECT], 512 / 16);
	cr_assert_eq(room_of(2, PREFETCH_SUSPECT), 2);
}

Test(prefetch, what_was_released_is_not_counted)
{
	hold(1, STANDING_FAILING, 10, 7);
	release(1, STANDING_FAILING, 10, 7);
	for (int c = 0; c < PREFETCH_CLASSES; c++) {
		cr_assert_eq(p.hands[c].count, 0);
		cr_assert_eq(p.hands[c].bytes, 0);
	}
	cr_assert_eq(id_table_count(p.accounts), 0);
	cr_assert_eq(id_table_count(p.webhooks), 0);
}

/* Bodies that were left out for want of room count for the estimate. */
Test(prefetch, however_few_places_there_are_one_of_each_kind_fits)
{
	for (unsigned places = 1; places <= 32; places++)
		for (int c = PREFETCH_ALL; c < PREFETCH_CLASSES; c++) {
			prefetch_clear(&p);
			cr_assert(prefetch_init(&p, places));
			cr_expect_geq(prefetch_rooms(&p).of[c], 1,
			    "of %u places, kind %d", places, c);
			cr_expect_geq(prefetch_each_account(&p).of[c], 1,
			    "of %u places, kind %d of one account", places, c);
		}
}

Test(prefetch, long_bodies_leave_room_for_few)
{
	struct attempt *a = of_account(1, STANDING_PROVEN, 0);

	prefetch_add(&p, a, 2 * PREFETCH_BODY_MAX - 1);
	cr_assert_eq(all_room(), (256 - 256 / 8) / 2);
	attempt_free(a);
}

Test(prefetch, while_bytes_are_scarce_an_account_has_two_long_bodies)
{
	hold(1, STANDING_PROVEN, PREFETCH_BODY_MAX, 190);
	for (unsigned char n = 10; n < 27; n++)
		hold(n, STANDING_PROVEN, PREFETCH_BODY_MAX, 2);
	cr_assert_eq(room_of(1, PREFETCH_ALL), 0);
	p.body_estimate = PREFETCH_BODY_MAX;
	cr_assert_eq(room_of(2, PREFETCH_ALL), 2);
	hold(2, STANDING_PROVEN, PREFETCH_BODY_MAX, 1);
	cr_assert_eq(room_of(2, PREFETCH_ALL), 0, "one has a byte too many");
	hold(3, STANDING_PROVEN, 100, 20);
	cr_assert_geq(room_of(3, PREFETCH_ALL), 200, "its bodies are short");
	cr_assert_eq(prefetch_bytes_left(&p),
	    (size_t)31 * PREFETCH_BODY_MAX - 2000);
}

Test(prefetch, for_a_few_it_need_not_claim_at_once)
{
	hold(1, STANDING_PROVEN, 0, OPEN - IN_FLIGHT / 4);
	cr_assert(prefetch_has_ample_room(&p));
	hold(1, STANDING_PROVEN, 0, 1);
	cr_assert_not(prefetch_has_ample_room(&p));
}

static const struct {
	unsigned limit, in_hand; /* limit 0: not known */
	bool stalled, known;
	unsigned room;
	bool suspect;
} webhooks[] = {
	{ 0, 1, false, false, 31, false },
	{ 0, 7, false, false, 25, false },
	{ 0, 8, false, true, 24, false },
	{ 0, 32, false, true, 0, false },
	{ 1, 1, false, true, 3, false },
	{ 1, 40, false, true, 0, false },
	{ 8, 8, false, true, 24, false },
	{ 128, 7, false, false, 249, false },
	{ 128, 100, false, true, 156, false },
	{ 128, 256, false, true, 0, false },
	{ 8, 4, true, true, 5, false },
	{ 8, 9, true, true, 0, false },
	{ 0, 1, false, false, 7, true },
	{ 0, 8, false, true, 0, true },
	{ 12, 8, false, true, 4, true },
	{ 8, 8, true, true, 1, true },
};

Test(prefetch, a_webhook_has_as_much_room_as_it_takes)
{
	for (size_t i = 0; i < COUNT(webhooks); i++) {
		struct prefetch_webhook w = { .count = webhooks[i].in_hand,
			.limit = webhooks[i].limit,
			.suspect = webhooks[i].suspect,
			.stalled = webhooks[i].stalled };
		unsigned room;
		bool known = prefetch_webhook_room(&w, &room);

		cr_assert_eq(known, webhooks[i].known, "row %zu", i);
		cr_assert_eq(room, webhooks[i].room, "row %zu: %u", i, room);
	}
}

Test(prefetch, learns_from_what_has_ended)
{
	struct attempt *a = of_account(1, STANDING_PROVEN, 1);
	struct prefetch_webhook *w;

	hold(1, STANDING_PROVEN, 1, 2);
	a->limit = 100;
	a->stalled = true;
	prefetch_remove(&p, a);
	w = id_table_find(p.webhooks, a->webhook);
	cr_assert_eq(w->count, 1);
	cr_assert_eq(w->limit, 100);
	cr_assert(w->stalled);
	attempt_free(a);
}

/* A claim's rows of one account, of which nothing was known before. */
static struct attempt *
claim(unsigned char account, enum standing standing, size_t body_length,
    unsigned count)
{
	struct attempt *first = NULL, *a;

	for (unsigned i = 0; i < count; i++) {
		a = of_account(account, standing, body_length);
		a->next = first;
		first = a;
	}
	prefetch_add(&p, first, count * body_length);
	return first;
}

static unsigned
count_left_out(const struct attempt *a)
{
	unsigned count = 0;

	for (; a != NULL; a = a->next)
		count += a->ending == ENDING_RETURNED && a->body == NULL;
	return count;
}

Test(prefetch, bodies_that_are_longer_than_was_thought_are_left_out)
{
	struct attempt *large =
	    claim(1, STANDING_NEW, PREFETCH_BODY_MAX - 1, 256);
	struct attempt *small = claim(2, STANDING_NEW, 300, 10);
	unsigned left_out = count_left_out(large);

	cr_expect_gt(left_out, 256 - 128, "bytes of those not proven are half");
	cr_expect_lt(left_out, 256 - 64);
	cr_expect_eq(count_left_out(small), 0, "there is room for others");
	cr_expect_gt(rooms_of(3).of[PREFETCH_SUSPECT], 0);
	cr_expect_eq(rooms_of(1).of[PREFETCH_SUSPECT], 0);
	attempt_free_all(large);
	attempt_free_all(small);
}

Test(prefetch, a_body_that_is_alone_is_not_left_out_however_few_may_fly)
{
	struct attempt *a;

	prefetch_clear(&p);
	cr_assert(prefetch_init(&p, 1));
	a = claim(1, STANDING_FAILING, PREFETCH_BODY_MAX, 1);
	cr_expect_eq(count_left_out(a), 0);
	attempt_free_all(a);
}
