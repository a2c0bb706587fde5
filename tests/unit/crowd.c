/* crowd.c - members are found again, counted and dropped. */
#include "delivery/crowd.h"

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
count(struct crowd_member *m, void *arg)
{
	(void)m;
	(*(unsigned *)arg)++;
}

Test(crowd, finds_who_is_there)
{
	struct crowd *c = crowd_open();
	unsigned char webhook[ID_BYTES];
	unsigned seen = 0;

	for (unsigned n = 0; n < 2000; n++) {
		name(webhook, n);
		crowd_join(c, webhook)->active = n;
	}
	for (unsigned n = 0; n < 2000; n++) {
		name(webhook, n);
		cr_assert_eq(crowd_join(c, webhook)->active, n);
	}
	crowd_each(c, 1990, count, &seen);
	cr_assert_eq(seen, 10);
	crowd_close(c);
}

Test(crowd, forgets_who_was_dropped)
{
	struct crowd *c = crowd_open();
	unsigned char a[ID_BYTES], b[ID_BYTES];
	unsigned seen = 0;

	name(a, 1);
	name(b, 257);
	crowd_join(c, a)->active = 5;
	crowd_join(c, b)->active = 6;
	crowd_drop(c, crowd_join(c, a));
	cr_assert_eq(crowd_join(c, a)->active, 0);
	cr_assert_eq(crowd_join(c, b)->active, 6);
	crowd_each(c, 0, count, &seen);
	cr_assert_eq(seen, 2);
	crowd_close(c);
	crowd_close(NULL);
}
