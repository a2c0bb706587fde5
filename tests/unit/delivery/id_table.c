/* id_table.c - entries are found again, visited and removed. */
#include "delivery/id_table.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <criterion/criterion.h>

struct counter {
	struct id_entry entry;
	unsigned number;
};

/* Ids that differ in one place alone, wherever that is. */
static void
name(unsigned char id[ID_BYTES], unsigned place, unsigned n)
{
	memset(id, 0, ID_BYTES);
	id[place] = (unsigned char)(n >> 8);
	id[place + 1] = (unsigned char)n;
}

static void
add_number(void *entry, void *arg)
{
	*(unsigned *)arg += ((struct counter *)entry)->number;
}

static struct counter *
get(struct id_table *t, unsigned place, unsigned n)
{
	unsigned char id[ID_BYTES];

	name(id, place, n);
	return id_table_get(t, id);
}

Test(id_table, finds_who_is_there)
{
	struct id_table *t = id_table_open(sizeof(struct counter));

	for (unsigned place = 0; place < ID_BYTES; place += 2)
		for (unsigned n = 1; n <= 3000; n++) {
			cr_assert_eq(get(t, place, n)->number, 0);
			get(t, place, n)->number = place * n;
		}
	for (unsigned place = 0; place < ID_BYTES; place += 2)
		for (unsigned n = 1; n <= 3000; n++)
			cr_assert_eq(get(t, place, n)->number, place * n);
	cr_assert_eq(id_table_count(t), 3000 * ID_BYTES / 2);
	id_table_close(t);
}

Test(id_table, forgets_who_was_removed)
{
	struct id_table *t = id_table_open(sizeof(struct counter));
	unsigned char id[ID_BYTES];
	unsigned sum = 0;

	for (unsigned n = 1; n <= 1000; n++)
		get(t, 14, n)->number = n;
	for (unsigned n = 4; n <= 1000; n++)
		id_table_remove(t, get(t, 14, n));
	name(id, 14, 4);
	cr_assert_null(id_table_find(t, id));
	name(id, 14, 3);
	cr_assert_not_null(id_table_find(t, id));
	id_table_each(t, add_number, &sum);
	cr_assert_eq(sum, 1 + 2 + 3);
	cr_assert_eq(id_table_count(t), 3);
	id_table_close(t);
	id_table_close(NULL);
}
