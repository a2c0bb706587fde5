/* json_view.c - values are found, and are as their sender wrote them. */
#include "cli/json_view.h"

#include <string.h>

#include <criterion/criterion.h>

static struct text
view(const char *text)
{
	return (struct text){ text, strlen(text) };
}

static void
expect(struct text given, const char *wanted)
{
	cr_assert(given.length == strlen(wanted) &&
		(given.length == 0 ||
		    memcmp(given.start, wanted, given.length) == 0),
	    "given %.*s, wanted %s", (int)given.length, given.start, wanted);
}

Test(json_view, a_member_is_as_it_was_written)
{
	struct text object = view(
	    " { \"a\" : 1.50 ,\"b\":{\"c\":[\"}\",\"\\\"\"]} , \"d\":\"x\\\"\","
	    "\"e\" :null\n}");

	expect(json_view_member(object, "a"), "1.50");
	expect(json_view_member(object, "b"), "{\"c\":[\"}\",\"\\\"\"]}");
	expect(json_view_member(object, "d"), "\"x\\\"\"");
	expect(json_view_member(object, "e"), "null");
	expect(json_view_member(object, "c"), "");
	expect(json_view_member(view("[1]"), "c"), "");
	expect(json_view_member(view(""), "c"), "");
}

Test(json_view, elements_come_one_by_one)
{
	struct text rest = view(" [ {\"a\":[]} , 2 ,\"3,\" ] "), element;

	cr_assert(json_view_next(&rest, &element));
	expect(element, "{\"a\":[]}");
	cr_assert(json_view_next(&rest, &element));
	expect(element, "2");
	cr_assert(json_view_next(&rest, &element));
	expect(element, "\"3,\"");
	cr_assert_not(json_view_next(&rest, &element));
	rest = view("[]");
	cr_assert_not(json_view_next(&rest, &element));
}

Test(json_view, strings_are_decoded)
{
	static const char *const cases[][2] = {
		{ "\"a\"", "a" },
		{ "\"\"", "" },
		{ "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t" },
		{ "\"\\u00e9\\u20AC\\ud83d\\ude00\"",
		    "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80" },
		{ "\"\\u0000\"", " " },
		{ "\"\\ud83d\"", "\xef\xbf\xbd" },
		{ "\"\\ud83d\\u0041\"",
		    "\xef\xbf\xbd"
		    "A" },
		{ "\"\\u12\"",
		    "\xef\xbf\xbd"
		    "12" },
		{ "17", "17" },
		{ "true", "true" },
		{ "[1]", "[1]" },
	};
	char to[64];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		cr_assert(json_view_string(view(cases[i][0]), to, sizeof to));
		cr_assert_str_eq(to, cases[i][1]);
	}
	cr_assert_not(json_view_string(view("null"), to, sizeof to));
	cr_assert_not(json_view_string(view(""), to, sizeof to));
	cr_assert_str_eq(to, "");
	cr_assert(json_view_string(view("\"abc\\u20acd\""), to, 5));
	cr_assert_str_eq(to, "abc");
}

Test(json_view, what_is_no_json_is_not_read_past_its_end)
{
	static const char *const wrong[] = { "{", "{\"", "{\"a", "{\"a\"",
		"{\"a\":", "{\"a\":[", "{\"a\":\"\\", "{\"a\":{\"b\":1}", "[",
		"[1", "[\"", "{]", "[}", "\\", "{\"a\"}", "<html>", "}{" };
	char to[64];

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		size_t n = strlen(wrong[i]);
		char *exact = malloc(n); /* the sanitizer sees its end */
		struct text rest = { exact, n }, element;

		memcpy(exact, wrong[i], n);
		json_view_member(rest, "b");
		json_view_string(rest, to, sizeof to);
		json_view_compact(rest, " ", to, sizeof to);
		while (json_view_next(&rest, &element))
			;
		free(exact);
	}
}

Test(json_view, blanks_between_tokens_go_those_in_strings_stay)
{
	char to[64];
	size_t n = json_view_compact(view(" { \"a b\" : [ 1 ,\t2 ]\n}"), "", to,
	    sizeof to);

	expect((struct text){ to, n }, "{\"a b\":[1,2]}");
	n = json_view_compact(view("{\"a\":[1,2]}"), " ", to, sizeof to);
	expect((struct text){ to, n }, "{\"a\": [1, 2]}");
	cr_assert_eq(json_view_compact(view("[1,2]"), "", to, 2), 5);
}

Test(json_view, numbers_are_whole_and_not_negative)
{
	cr_assert_eq(json_view_number(view("17"), 3), 17);
	cr_assert_eq(json_view_number(view("-1"), 3), 3);
	cr_assert_eq(json_view_number(view("\"1\""), 3), 3);
	cr_assert_eq(json_view_number(view(""), 3), 3);
}
