/* etag.c - entity tags are found in lists as RFC 9110 writes them. */
#include "responder/etag.h"

#include <string.h>

#include <criterion/criterion.h>

#define NAMED(header) etag_named(header, "0af1")

Test(etag, named_by_weak_comparison)
{
	cr_assert(NAMED("\"0af1\""));
	cr_assert(NAMED("W/\"0af1\""));
	cr_assert(NAMED("  \"\", \"x\" ,, W/\"0af1\""));
	cr_assert(NAMED("\"a,b\",\"0af1\""));
	cr_assert(NAMED("*"));
	cr_assert(NAMED(" * "));
	cr_assert_not(NAMED(""));
	cr_assert_not(NAMED("0af1"));
	cr_assert_not(NAMED("\"0af1"));
	cr_assert_not(NAMED("\"0af\""));
	cr_assert_not(NAMED("\"0af11\""));
	cr_assert_not(NAMED("w/\"0af1\""));
	cr_assert_not(NAMED("\"*\""));
	cr_assert_not(NAMED("*, \"x\""));
	cr_assert_not(NAMED("x, \"0af1\""));
	cr_assert_not(NAMED("\"\xff\", \"0af1\""));
}

/* The elements, each behind four bytes of its length. */
static void
expect_strong(const char *header, unsigned count, const char *bytes,
    size_t length)
{
	struct pgarray tags = { 0 };

	etag_strong(header, &tags);
	cr_assert_eq(tags.count, count, "%s: %u", header, tags.count);
	if (count > 0)
		cr_assert_eq(memcmp(tags.bytes + tags.length - length, bytes,
				 length),
		    0, "%s", header);
	pgarray_clear(&tags);
}

Test(etag, strong_ones_alone)
{
	expect_strong("*", 1, "\0\0\0\1*", 5);
	expect_strong("\"ab\"", 1, "\0\0\0\2ab", 6);
	expect_strong("\"ab\", W/\"c\", \"d\"", 2, "\0\0\0\2ab\0\0\0\1d", 11);
	expect_strong("\"ab\", fault, \"d\"", 1, "\0\0\0\2ab", 6);
	expect_strong("\"*\"", 0, NULL, 0);
	expect_strong("W/\"ab\"", 0, NULL, 0);
	expect_strong("ab", 0, NULL, 0);
	expect_strong("\"\xc3\xa9\"", 0, NULL, 0);
}
