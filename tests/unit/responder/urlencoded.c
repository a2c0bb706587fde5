/* urlencoded.c - tests: what is a form, and what its names and values are. */
#include "common/compiler.h"
#include "responder/urlencoded.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

/* A copy of exactly this size, so that a byte read too many is seen. */
static enum urlencoded_result
parse_with(struct urlencoded *f, const char *text, size_t length,
    const char *const *single, char **room)
{
	char *copy = malloc(length > 0 ? length : 1);
	enum urlencoded_result result;

	*room = malloc(length + 1);
	cr_assert(copy != NULL && *room != NULL);
	memcpy(copy, text, length);
	result = urlencoded_parse(f, copy, length, single, *room);
	free(copy);
	return result;
}

static enum urlencoded_result
parse(struct urlencoded *f, const char *text, size_t length, char **room)
{
	return parse_with(f, text, length, NULL, room);
}

/* The fields as name=value; each, decoded. */
static void
show(const struct urlencoded *f, char *to, size_t size)
{
	size_t n = 0;

	*to = '\0';
	for (size_t i = 0; i < f->count; i++)
		n += (size_t)snprintf(to + n, size - n, "%s=%s;",
		    f->fields[i].name, f->fields[i].value);
}

Test(urlencoded, names_and_values)
{
	static const struct {
		const char *text, *fields;
	} cases[] = {
		{ "", "" },
		{ "a", "a=;" },
		{ "a=", "a=;" },
		{ "a&b&c", "a=;b=;c=;" },
		{ "a=b", "a=b;" },
		{ "a=b&c=d", "a=b;c=d;" },
		{ "a=b=c&d==", "a=b=c;d==;" },
		{ "a+b=c+d", "a b=c d;" },
		{ "a=%2B%2b%20%26%3d%25", "a=++ &=%;" },
		{ "%61=%62", "a=b;" },
		{ "a=%0a", "a=\n;" },
		{ "a=%C3%A9%E2%82%AC", "a=\u00e9\u20ac;" },
		{ "a=%F0%9F%98%80", "a=\U0001f600;" },
		{ "A=1&a=2", "A=1;a=2;" },
		{ "&", "" },
		{ "a=b&", "a=b;" },
		{ "&a=b", "a=b;" },
		{ "a=b&&&c=d&", "a=b;c=d;" },
		{ "a=?/:;,@!$'()*[]{}\"<>\\^`|~#",
		    "a=?/:;,@!$'()*[]{}\"<>\\^`|~#;" },
	};
	char *room, fields[256];
	struct urlencoded f;

	for (size_t i = 0; i < COUNT(cases); i++) {
		cr_assert_eq(parse(&f, cases[i].text, strlen(cases[i].text),
				 &room),
		    URLENCODED_OK, "%s", cases[i].text);
		show(&f, fields, sizeof fields);
		cr_expect_str_eq(fields, cases[i].fields, "%s: %s",
		    cases[i].text, fields);
		free(room);
	}
}

Test(urlencoded, what_is_none)
{
	static const struct {
		const char *text;
		size_t length;
	} cases[] = {
#define BYTES(text) { text, sizeof text - 1 }
		BYTES("="),
		BYTES("=b"),
		BYTES("a=b&="),
		BYTES("&\0"),
		BYTES("a=%"),
		BYTES("a=%2"),
		BYTES("a=%2g"),
		BYTES("a=%g2"),
		BYTES("a=%%41"),
		BYTES("a=%u0041"),
		BYTES("%=b"),
		BYTES("a=b c"),
		BYTES("a=\t"),
		BYTES("a=b\n"),
		BYTES("a=\x7f"),
		BYTES("a=\xc3\xa9"),
		BYTES("a=%00"),
		BYTES("a%00b=c"),
		BYTES("a=b\0"),
		BYTES("a\0=b"),
		BYTES("\0"),
		BYTES("a\0&b"),
		BYTES("a=%FF"),
		BYTES("a=%C0%AF"),
		BYTES("a=%ED%A0%80"),
		BYTES("a=%F4%90%80%80"),
		BYTES("a=%E2%82"),
		BYTES("a=%C3&b=%A9"),
		BYTES("%C3=%A9"),
#undef BYTES
	};
	struct urlencoded f;
	char *room;

	for (size_t i = 0; i < COUNT(cases); i++) {
		cr_expect_eq(parse(&f, cases[i].text, cases[i].length, &room),
		    URLENCODED_MALFORMED, "%s", cases[i].text);
		free(room);
	}
}

Test(urlencoded, a_name_comes_once)
{
	static const struct {
		const char *text, *name;
	} cases[] = {
		{ "a=1&a=2", "a" },
		{ "a&a", "a" },
		{ "a=1&b=2&a", "a" },
		{ "b=1&%62=1&c=%", "b" },
		{ "a+b&a%20b", "a b" },
	};
	struct urlencoded f;
	char *room;

	for (size_t i = 0; i < COUNT(cases); i++) {
		cr_assert_eq(parse(&f, cases[i].text, strlen(cases[i].text),
				 &room),
		    URLENCODED_REPEATED, "%s", cases[i].text);
		cr_expect_str_eq(f.fields[f.count - 1].name, cases[i].name);
		free(room);
	}
}

Test(urlencoded, only_some_names_come_once)
{
	static const char *const single[] = { "a", "b", NULL };
	struct urlencoded f;
	char *room, fields[256], text[8 * URLENCODED_FIELDS_MAX] = "";
	size_t length = 0;

	cr_assert_eq(parse_with(&f, "c=1&a=2&c=3&%63&b", 17, single, &room),
	    URLENCODED_OK);
	show(&f, fields, sizeof fields);
	cr_expect_str_eq(fields, "c=1;a=2;b=;", "%s", fields);
	free(room);
	cr_expect_eq(parse_with(&f, "a=2&c=3&c=3&a=2", 15, single, &room),
	    URLENCODED_REPEATED);
	cr_expect_str_eq(f.fields[f.count - 1].name, "a");
	free(room);
	for (int i = 0; i <= URLENCODED_FIELDS_MAX; i++)
		length += (size_t)sprintf(text + length, "c=%d&", i);
	cr_expect_eq(parse_with(&f, text, length, single, &room),
	    URLENCODED_OK);
	free(room);
}

Test(urlencoded, as_many_fields_as_there_is_room_for)
{
	char text[8 * (URLENCODED_FIELDS_MAX + 1)] = "", *room;
	size_t length = 0;
	struct urlencoded f;

	for (int i = 0; i < URLENCODED_FIELDS_MAX; i++)
		length += (size_t)sprintf(text + length, "&x%d", i);
	cr_expect_eq(parse(&f, text + 1, length - 1, &room), URLENCODED_OK);
	cr_expect_eq(f.count, URLENCODED_FIELDS_MAX);
	free(room);
	length += (size_t)sprintf(text + length, "&y");
	cr_expect_eq(parse(&f, text + 1, length - 1, &room),
	    URLENCODED_MALFORMED);
	free(room);
}

Test(urlencoded, values_are_found_by_name)
{
	struct urlencoded f;
	char *room;

	cr_assert_eq(parse(&f, "a=1&b", 5, &room), URLENCODED_OK);
	cr_expect_str_eq(urlencoded_value(&f, "a"), "1");
	cr_expect_str_eq(urlencoded_value(&f, "b"), "");
	cr_expect_null(urlencoded_value(&f, "c"));
	free(room);
}
