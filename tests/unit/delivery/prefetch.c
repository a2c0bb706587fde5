/* prefetch.c - a worker claims so many ahead, and no more bytes than fit. */
#include "delivery/prefetch.h"

#include <string.h>

#include <criterion/criterion.h>

#define IN_FLIGHT 16

static struct attempt *
of_webhook(unsigned char webhook, size_t body_length)
{
	static const char body[1000];
	struct attempt *a = attempt_new("u", 1, body, body_length);

	memset(a->webhook, webhook, ID_BYTES);
	return a;
}

static unsigned
in_hand_of(struct prefetch *p, const struct attempt *a)
{
	return webhook_table_get(p->webhooks, a->webhook)->active;
}

Test(prefetch, at_first_bodies_may_be_as_long_as_can_be)
{
	struct prefetch p;

	cr_assert(prefetch_init(&p, IN_FLIGHT));
	cr_assert_eq(prefetch_room(&p), IN_FLIGHT);
	cr_assert(prefetch_should_claim(&p));
	prefetch_clear(&p);
}

Test(prefetch, twice_what_may_be_in_flight_once_bodies_are_short)
{
	struct prefetch p;
	struct attempt *a = of_webhook(1, 100), *b = of_webhook(2, 300);

	cr_assert(prefetch_init(&p, IN_FLIGHT));
	a->next = b;
	prefetch_add(&p, a, 400);
	cr_assert_eq(p.body_estimate, 201);
	cr_assert_eq(p.bytes, 400);
	cr_assert_eq(prefetch_room(&p), 2 * IN_FLIGHT - 2);
	prefetch_remove(&p, a);
	cr_assert_eq(p.bytes, 300);
	cr_assert_eq(prefetch_room(&p), 2 * IN_FLIGHT - 1);
	attempt_free_all(a);
	prefetch_clear(&p);
}

Test(prefetch, counts_what_is_in_hand_of_each_webhook)
{
	struct prefetch p;
	struct attempt *a = of_webhook(1, 1), *b = of_webhook(1, 1);

	cr_assert(prefetch_init(&p, IN_FLIGHT));
	a->next = b;
	prefetch_add(&p, a, 2);
	cr_assert_eq(in_hand_of(&p, a), 2);
	prefetch_remove(&p, a);
	cr_assert_eq(in_hand_of(&p, b), 1);
	prefetch_remove(&p, b);
	cr_assert_eq(in_hand_of(&p, b), 0);
	attempt_free_all(a);
	prefetch_clear(&p);
}

/* Bodies that were left out for want of room count for the estimate. */
Test(prefetch, long_bodies_leave_room_for_few)
{
	struct prefetch p;
	struct attempt *a = of_webhook(1, 0);

	cr_assert(prefetch_init(&p, IN_FLIGHT));
	prefetch_add(&p, a, 2 * PREFETCH_BODY_MAX - 1);
	cr_assert_eq(prefetch_room(&p), IN_FLIGHT / 2);
	attempt_free_all(a);
	prefetch_clear(&p);
}

Test(prefetch, for_a_few_it_claims_only_when_idle)
{
	struct prefetch p;
	struct attempt *a = of_webhook(1, 1);

	cr_assert(prefetch_init(&p, IN_FLIGHT));
	prefetch_add(&p, a, 1);
	p.count = 2 * IN_FLIGHT - IN_FLIGHT / 4 + 1;
	cr_assert_not(prefetch_should_claim(&p));
	p.count = 2 * IN_FLIGHT - IN_FLIGHT / 4;
	cr_assert(prefetch_should_claim(&p));
	p.count = 2 * IN_FLIGHT;
	cr_assert_not(prefetch_should_claim(&p));
	p.count = 0;
	p.bytes = p.bytes_max - 2;
	cr_assert(prefetch_should_claim(&p), "room for one, nothing in hand");
	p.bytes = p.bytes_max - 1;
	cr_assert_not(prefetch_should_claim(&p));
	attempt_free_all(a);
	prefetch_clear(&p);
}

static const struct {
	unsigned limit, in_hand; /* limit 0: not known */
	bool known;
	unsigned room;
} webhooks[] = {
	{ 0, 1, false, 31 },
	{ 0, 7, false, 25 },
	{ 0, 8, true, 24 },
	{ 0, 32, true, 0 },
	{ 1, 1, true, 3 },
	{ 1, 40, true, 0 },
	{ 8, 8, true, 24 },
	{ 128, 7, false, 249 },
	{ 128, 100, true, 156 },
	{ 128, 256, true, 0 },
};

Test(prefetch, a_webhook_has_as_much_room_as_it_takes)
{
	struct prefetch calm = { .bytes = 75, .bytes_max = 100 };

	for (size_t i = 0; i < sizeof webhooks / sizeof *webhooks; i++) {
		struct webhook_entry e = { .active = webhooks[i].in_hand,
			.limit = webhooks[i].limit };
		unsigned room;
		bool known = prefetch_webhook_room(&calm, &e, &room);

		cr_assert_eq(known, webhooks[i].known, "row %zu", i);
		cr_assert_eq(room, webhooks[i].room, "row %zu: %u", i, room);
	}
}

Test(prefetch, learns_from_what_has_ended)
{
	struct prefetch p;
	struct attempt *a = of_webhook(1, 1), *b = of_webhook(1, 1);

	cr_assert(prefetch_init(&p, IN_FLIGHT));
	a->next = b;
	prefetch_add(&p, a, 2);
	a->limit = 100;
	prefetch_remove(&p, a);
	cr_assert_eq(webhook_table_get(p.webhooks, b->webhook)->limit, 100);
	attempt_free_all(a);
	prefetch_clear(&p);
}

/* Many bytes in hand: claim for those who have few. */
Test(prefetch, long_bodies_that_stay_leave_claims_to_others)
{
	struct prefetch p;

	cr_assert(prefetch_init(&p, IN_FLIGHT));
	p.count = IN_FLIGHT;
	p.bytes = p.bytes_max - p.bytes_max / 16;
	cr_assert(prefetch_should_claim(&p));
	p.bytes++;
	cr_assert_not(prefetch_should_claim(&p));
	prefetch_clear(&p);
}

static const struct {
	unsigned in_hand;
	size_t bytes;
	unsigned room;
} scarce[] = {
	{ 1, PREFETCH_BODY_MAX, 0 },
	{ 1, PREFETCH_BODY_MAX - 1, 1 },
	{ 2, PREFETCH_BODY_MAX, 1 },
	{ 2, 2 * PREFETCH_BODY_MAX, 0 },
	{ 9, 2 * PREFETCH_BODY_MAX + 1, 0 },
	{ 9, 900, 23 },
};

Test(prefetch, while_bytes_are_scarce_a_webhook_has_two_long_bodies)
{
	struct prefetch p = { .bytes = 76, .bytes_max = 100 };

	cr_assert_eq(prefetch_each(&p), 2);
	for (size_t i = 0; i < sizeof scarce / sizeof *scarce; i++) {
		struct webhook_entry e = { .active = scarce[i].in_hand,
			.bytes = scarce[i].bytes };
		unsigned room;

		cr_assert(prefetch_webhook_room(&p, &e, &room));
		cr_assert_eq(room, scarce[i].room, "row %zu: %u", i, room);
	}
	p.bytes = 75;
	cr_assert_eq(prefetch_each(&p), PREFETCH_PER_WEBHOOK);
}
