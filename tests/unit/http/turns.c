/* turns.c - tests: owners take turns, however much one has queued. */
#include "http/turns.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "common/compiler.h"

#define ITEMS 8

static struct turns turns;
static struct turn items[ITEMS];

static void
set_up(void)
{
	memset(items, 0, sizeof items);
	cr_assert(turns_init(&turns));
}

static void
tear_down(void)
{
	turns_clear(&turns);
}

TestSuite(turns, .init = set_up, .fini = tear_down);

/* Item i, from 0, is of the owner with letter i of the text. */
static void
add(const char *letters)
{
	for (size_t i = 0; letters[i] != '\0'; i++) {
		unsigned char id[OWNER_BYTES] = { (unsigned char)letters[i] };

		cr_assert(turns_add(&turns, &items[i], id));
	}
}

/* The numbers of those that are taken, in their order. */
static const char *
take_all(void)
{
	static char numbers[ITEMS + 1];
	struct turn *t;
	size_t n = 0;

	while ((t = turns_take(&turns)) != NULL)
		numbers[n++] = (char)('0' + (t - items));
	numbers[n] = '\0';
	cr_expect(turns_empty(&turns));
	return numbers;
}

static const struct {
	const char *owners, *taken;
} cases[] = {
	{ "", "" },
	{ "a", "0" },
	{ "aaaa", "0123" },
	{ "aaaab", "04123" },
	{ "aabbcc", "024135" },
	{ "aaabbc", "035142" },
	{ "abab", "0123" },
};

Test(turns, owners_take_turns)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		add(cases[i].owners);
		cr_expect_eq(turns_empty(&turns), *cases[i].owners == '\0');
		cr_expect_str_eq(take_all(), cases[i].taken, "%s",
		    cases[i].owners);
	}
}

Test(turns, what_is_removed_has_no_turn)
{
	add("aaabbc");
	turns_remove(&turns, &items[0]);
	turns_remove(&turns, &items[5]);
	turns_remove(&turns, &items[5]);
	cr_expect_str_eq(take_all(), "1324");
}

Test(turns, who_comes_back_is_behind_those_who_wait)
{
	add("aabb");
	cr_expect_eq(turns_take(&turns), &items[0]);
	cr_expect_eq(turns_take(&turns), &items[2]);
	cr_expect(turns_add(&turns, &items[0],
	    (const unsigned char[OWNER_BYTES]){ 'a' }));
	cr_expect_str_eq(take_all(), "130");
}

Test(turns, who_passes_is_last)
{
	add("aab");
	cr_expect_eq(turns_first(&turns), &items[0]);
	turns_pass(&turns);
	cr_expect_eq(turns_first(&turns), &items[2]);
	cr_expect_str_eq(take_all(), "201");
	turns_pass(&turns);
	cr_expect_null(turns_first(&turns));
}

Test(turns, what_waits_is_counted)
{
	static const unsigned char a[OWNER_BYTES] = { 'a' };
	static const unsigned char c[OWNER_BYTES] = { 'c' };

	add("aab");
	cr_expect_eq(turns_owners(&turns), 2);
	cr_expect_eq(turns_count(&turns, a), 2);
	cr_expect_eq(turns_count(&turns, c), 0);
	turns_remove(&turns, &items[0]);
	cr_expect_eq(turns_count(&turns, a), 1);
	(void)take_all();
	cr_expect_eq(turns_owners(&turns), 0);
}
