/* pgarray.c - arrays are laid out as PostgreSQL's array_recv reads them. */
#include "common/pgarray.h"

#include <string.h>

#include <criterion/criterion.h>

static void
expect(const struct pgarray *a, const char *bytes, size_t length)
{
	cr_assert_eq(a->length, length, "length is %zu", a->length);
	cr_assert_eq(memcmp(a->bytes, bytes, length), 0);
}

#define EXPECT(a, text) expect(a, text, sizeof text - 1)

Test(pgarray, no_element_is_no_dimension)
{
	struct pgarray a = { 0 };

	cr_assert(pgarray_end(&a, PGARRAY_TEXT));
	EXPECT(&a,
	    "\0\0\0\0"
	    "\0\0\0\0"
	    "\0\0\0\x19");
	pgarray_clear(&a);
}

Test(pgarray, elements_nulls_and_reuse)
{
	struct pgarray a = { 0 };

	pgarray_add(&a, "ab", 2);
	pgarray_add_null(&a);
	cr_assert(pgarray_end(&a, PGARRAY_TEXT));
	EXPECT(&a,
	    "\0\0\0\1"
	    "\0\0\0\1"
	    "\0\0\0\x19"
	    "\0\0\0\2"
	    "\0\0\0\1"
	    "\0\0\0\2"
	    "ab"
	    "\xff\xff\xff\xff");
	pgarray_reset(&a);
	pgarray_add_int4(&a, -2);
	cr_assert(pgarray_end(&a, PGARRAY_INT4));
	EXPECT(&a,
	    "\0\0\0\1"
	    "\0\0\0\0"
	    "\0\0\0\x17"
	    "\0\0\0\1"
	    "\0\0\0\1"
	    "\0\0\0\4"
	    "\xff\xff\xff\xfe");
	pgarray_clear(&a);
}

Test(pgarray, grows_past_its_first_memory)
{
	static char big[5000];
	struct pgarray a = { 0 };

	for (int i = 0; i < 100; i++)
		pgarray_add(&a, big, sizeof big);
	cr_assert(pgarray_end(&a, PGARRAY_BYTEA));
	cr_assert_eq(a.length, 20 + 100 * (4 + sizeof big));
	pgarray_clear(&a);
	pgarray_clear(&a);
}
