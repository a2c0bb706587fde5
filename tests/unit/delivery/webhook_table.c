/* webhook_table.c - entries are found again, counted and removed. */
#include "delivery/webhook_table.h"

#include <string.h>

#include <criterion/criterion.h>

static void
name(unsigned char webhook[ID_BYTES], unsigned n)
{
	memset(webhook, 0, ID_BYTES);
	/* every 64 of them share a bucket */
	webhook[ID_BYTES - 4] = (unsigned char)n;
	webhook[0] = (unsigned char)(n >> 8);
}

static void
count(struct webhook_entry *m, void *arg)
{
	(void)m;
	(*(unsigned *)arg)++;
}

Test(webhook_table, finds_who_is_there)
{
	struct webhook_table *c = webhook_table_open();
	unsigned char webhook[ID_BYTES];
	unsigned seen = 0;

	for (unsigned n = 0; n < 2000; n++) {
		name(webhook, n);
		webhook_table_get(c, webhook)->active = n;
	}
	for (unsigned n = 0; n < 2000; n++) {
		name(webhook, n);
		cr_assert_eq(webhook_table_get(c, webhook)->active, n);
	}
	webhook_table_each(c, 1990, count, &seen);
	cr_assert_eq(seen, 10);
	webhook_table_close(c);
}

Test(webhook_table, forgets_who_was_dropped)
{
	struct webhook_table *c = webhook_table_open();
	unsigned char a[ID_BYTES], b[ID_BYTES];
	unsigned seen = 0;

	name(a, 1);
	name(b, 257);
	webhook_table_get(c, a)->active = 5;
	webhook_table_get(c, b)->active = 6;
	webhook_table_remove(c, webhook_table_get(c, a));
	cr_assert_eq(webhook_table_get(c, a)->active, 0);
	cr_assert_eq(webhook_table_get(c, b)->active, 6);
	webhook_table_each(c, 0, count, &seen);
	cr_assert_eq(seen, 2);
	webhook_table_close(c);
	webhook_table_close(NULL);
}
