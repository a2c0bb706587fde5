/* name_table.c - tests: names are found, and the least used go. */
#include "http/name_table.h"

#include <stdio.h>

#include <criterion/criterion.h>

#define MOST 100

static const unsigned char quiet[OWNER_BYTES] = "quiet";
static const unsigned char heavy[OWNER_BYTES] = "heavy";

static void
name_of(char name[32], unsigned number)
{
	snprintf(name, 32, "name-%u.test", number);
}

static struct name_entry *
get_for(struct name_table *t, unsigned number, const unsigned char *owner)
{
	struct name_entry *e;
	char name[32];

	name_of(name, number);
	e = name_table_get(t, name, owner);
	cr_assert_not_null(e);
	cr_assert_str_eq(e->name, name);
	return e;
}

static struct name_entry *
get(struct name_table *t, unsigned number)
{
	return get_for(t, number, quiet);
}

static bool
has(struct name_table *t, unsigned number)
{
	char name[32];

	name_of(name, number);
	return name_table_find(t, name) != NULL;
}

Test(name_table, a_name_keeps_its_entry)
{
	struct name_table *t = name_table_open(MOST);

	for (unsigned i = 0; i < MOST; i++)
		get(t, i)->until_ms = i;
	for (unsigned i = 0; i < MOST; i++)
		cr_expect_eq(get(t, i)->until_ms, i);
	cr_expect_eq(name_table_count(t), MOST);
	cr_expect_not(has(t, MOST));
	name_table_close(t);
}

Test(name_table, the_one_not_asked_for_the_longest_goes)
{
	struct name_table *t = name_table_open(MOST);

	for (unsigned i = 0; i < MOST; i++)
		get(t, i);
	get(t, 0);
	get(t, MOST);
	cr_expect(has(t, 0));
	cr_expect_not(has(t, 1));
	cr_expect(has(t, 2));
	cr_expect(has(t, MOST));
	cr_expect_eq(name_table_count(t), MOST);
	name_table_close(t);
}

Test(name_table, who_asks_for_many_names_loses_no_others)
{
	struct name_table *t = name_table_open(MOST);

	for (unsigned i = 0; i < 10; i++)
		get_for(t, i, quiet);
	for (unsigned i = 10; i < 50 * MOST; i++)
		get_for(t, i, heavy);
	for (unsigned i = 0; i < 10; i++)
		cr_expect(has(t, i));
	cr_expect_eq(name_table_count(t), MOST);
	for (unsigned i = 0; i < MOST / 2; i++)
		get_for(t, 50 * MOST + i, quiet);
	cr_expect_not(has(t, 9), "of its own it loses the oldest");
	cr_expect(has(t, 50 * MOST), "it has its half");
	cr_expect(has(t, 50 * MOST - 1), "and the other one too");
	name_table_close(t);
}

Test(name_table, what_is_in_use_stays)
{
	struct name_table *t = name_table_open(MOST);

	for (unsigned i = 0; i < MOST; i++)
		get(t, i)->user = t;
	get(t, MOST);
	cr_expect_eq(name_table_count(t), MOST + 1);
	name_table_forget(t);
	cr_expect_eq(name_table_count(t), MOST);
	get(t, 3)->user = NULL;
	get(t, 3)->until_ms = 1;
	name_table_forget(t);
	cr_expect_eq(name_table_count(t), MOST - 1);
	name_table_close(t);
}

Test(name_table, an_answer_is_replaced)
{
	struct name_table *t = name_table_open(MOST);
	struct name_answer a = { .result = RESOLVER_OK, .count = 2 };
	struct name_entry *e = get(t, 1);

	a.addresses[1].family = AF_INET;
	cr_assert(name_entry_set(e, &a));
	cr_expect_eq(e->count, 2);
	cr_expect_eq(e->addresses[1].family, AF_INET);
	a = (struct name_answer){ .result = RESOLVER_SILENT, .why = "." };
	cr_assert(name_entry_set(e, &a));
	cr_expect_eq(e->count, 0);
	cr_expect_eq(e->result, RESOLVER_SILENT);
	name_table_close(t);
}

Test(name_table, closing_nothing_is_fine)
{
	name_table_close(NULL);
}
