/* json_check.c - tests: what is strict JSON, and where a member's value is. */
#include "common/compiler.h"
#include "responder/json_check.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <criterion/criterion.h>

#define BODY_MAX 16384

struct check_case {
	const char *text;
	bool ok;
};

static void
run(const struct check_case *cases, size_t n)
{
	for (const struct check_case *c = cases; c < cases + n; c++)
		cr_expect_eq(json_check(c->text, strlen(c->text)), c->ok, "%s",
		    c->text);
}

/* A copy of exactly this size, so that a byte read too many is seen. */
static bool
check(const char *text, size_t length)
{
	char *copy = malloc(length > 0 ? length : 1);
	bool ok;

	cr_assert_not_null(copy);
	memcpy(copy, text, length);
	ok = json_check(copy, length);
	free(copy);
	return ok;
}

static size_t
read_file(const char *path, char *body)
{
	FILE *f = fopen(path, "rb");
	size_t n;

	cr_assert_not_null(f, "%s", path);
	n = fread(body, 1, BODY_MAX, f);
	fclose(f);
	return n;
}

static unsigned
check_corpus(const char *name, bool ok)
{
	static char body[BODY_MAX];
	char directory[512], path[1024];
	const char *top = getenv("srcdir");
	unsigned count = 0;
	struct dirent *entry;
	DIR *d;

	snprintf(directory, sizeof directory, "%s/tests/corpus/%s",
	    top == NULL ? "." : top, name);
	d = opendir(directory);
	cr_assert_not_null(d, "%s", directory);
	while ((entry = readdir(d)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
		cr_expect_eq(check(body, read_file(path, body)), ok, "%s",
		    path);
		count++;
	}
	closedir(d);
	return count;
}

Test(json_check, the_corpus_of_bad_documents_is_refused)
{
	cr_expect_geq(check_corpus("json", false), 150);
}

Test(json_check, the_corpus_of_good_documents_is_accepted)
{
	cr_expect_geq(check_corpus("json-valid", true), 40);
}

/* Acceptance, points 5 to 8. */
Test(json_check, smuggled_duplicate_and_malformed_bodies_are_refused)
{
	static const struct {
		const char *text;
		size_t length;
	} cases[] = {
#define BYTES(text) { text, sizeof text - 1 }
		BYTES("{\"url\":\"https://a.example\","
		      "\"url\\u0000x\":\"https://b.example\"}"),
		BYTES("{\"url\":\"https://a.example/\\u0000\"}"),
		BYTES("{\"url\":\"https://a.example/\0\"}"),
		BYTES("{\"url\":1,\"url\":1}"),
		BYTES("{\"url\":1,\"\\u0075rl\":1}"),
		BYTES("{\"\\u0075rl\":1,\"url\":1}"),
		BYTES("{\"url\":\"\xff\xfe\"}"),
		BYTES("{\"url\":\"\xc0\xaf\"}"),
		BYTES("{\"url\":\"\xed\xa0\x80\"}"),
		BYTES("{\"url\":\"\xf4\x90\x80\x80\"}"),
		BYTES("{\"url\":\"\\ud800\"}"),
		BYTES("{\"url\":\"\\ude00\\ud83d\"}"),
		BYTES(""),
		BYTES(" \t\r\n"),
		BYTES("{\"url\":"),
		BYTES("{}x"),
		BYTES("{}{}"),
		BYTES("{}\0"),
		BYTES("{}\0x"),
		BYTES("\xef\xbb\xbf{}"),
		BYTES("{/**/}"),
		BYTES("{}//"),
		BYTES("{\"a\":1,}"),
		BYTES("[1,]"),
		BYTES("{'a':1}"),
		BYTES("{\"a\":\"\t\"}"),
		BYTES("{\"a\":NaN}"),
		BYTES("{\"a\":2.e3}"),
		BYTES("{\"a\":-01}"),
#undef BYTES
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		cr_expect_not(check(cases[i].text, cases[i].length), "%s",
		    cases[i].text);
	cr_expect_not(json_check(NULL, 0), "no body at all");
}

Test(json_check, a_document_of_any_type_is_json)
{
	static const struct check_case cases[] = {
		{ "{}", true },
		{ "[]", true },
		{ "null", true },
		{ "true", true },
		{ "false", true },
		{ "42", true },
		{ "\"\"", true },
		{ " \t\r\n{} \t\r\n", true },
		{ "x", false },
		{ ",", false },
		{ ":", false },
		{ "]", false },
		{ "}", false },
		{ "1 2", false },
		{ "nullx", false },
	};

	run(cases, COUNT(cases));
}

Test(json_check, numbers_follow_the_grammar)
{
	static const struct check_case cases[] = {
		{ "0", true },
		{ "-0", true },
		{ "10", true },
		{ "-10", true },
		{ "0.0", true },
		{ "1.05", true },
		{ "1e0", true },
		{ "1E+10", true },
		{ "0e-00", true },
		{ "-1.5e+5", true },
		{ "123456789012345678901234567890", true },
		{ "-", false },
		{ "+1", false },
		{ "01", false },
		{ "-01", false },
		{ "1.", false },
		{ ".1", false },
		{ "1e", false },
		{ "1e+", false },
		{ "1.e1", false },
		{ "1e1.0", false },
		{ "0x1", false },
		{ "Infinity", false },
		{ "-NaN", false },
		{ "1,000", false },
		{ "--1", false },
	};

	run(cases, COUNT(cases));
}

Test(json_check, every_escape_is_known_or_refused)
{
	for (int letter = 0; letter < 256; letter++) {
		char text[] = { '"', '\\', (char)letter, '"' };
		bool ok = letter != 0 && strchr("\"\\/bfnrt", letter) != NULL;

		cr_expect_eq(check(text, sizeof text), ok, "0x%02x",
		    (unsigned)letter);
	}
}

Test(json_check, every_unit_of_utf16_is_judged)
{
	for (unsigned unit = 0; unit < 0x10000; unit++) {
		bool half = unit >= 0xd800 && unit <= 0xdfff;
		char text[32];

		snprintf(text, sizeof text, "\"\\u%04x\"", unit);
		if (check(text, strlen(text)) != (unit != 0 && !half))
			cr_expect_fail("%s", text);
		snprintf(text, sizeof text, "\"\\u%04X\\uDC00\"", unit);
		if (check(text, strlen(text)) !=
		    (unit >= 0xd800 && unit <= 0xdbff))
			cr_expect_fail("%s", text);
		snprintf(text, sizeof text, "\"\\uDBFF\\u%04X\"", unit);
		if (check(text, strlen(text)) !=
		    (unit >= 0xdc00 && unit <= 0xdfff))
			cr_expect_fail("%s", text);
	}
}

/* By the definition, not by the table: encode, and compare. */
static bool
is_utf8(const unsigned char *b, size_t n)
{
	static const unsigned least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	unsigned code = b[0] & (0xffu >> (n + 1));

	if ((b[0] & (0xff00u >> (n + 1)) & 0xff) != lead[n])
		return false;
	for (size_t i = 1; i < n; i++) {
		if ((b[i] & 0xc0) != 0x80)
			return false;
		code = code << 6 | (b[i] & 0x3fu);
	}
	return code >= least[n] && code <= 0x10ffff &&
	    (code < 0xd800 || code > 0xdfff);
}

Test(json_check, two_and_three_bytes_of_utf8_are_judged_by_definition)
{
	for (unsigned first = 0x80; first < 0x100; first++)
		for (unsigned second = 0x80; second < 0x100; second++) {
			unsigned char b[] = { (unsigned char)first,
				(unsigned char)second, 0x80 };
			char two[] = { '"', (char)b[0], (char)b[1], '"' };
			char three[] = { '"', (char)b[0], (char)b[1],
				(char)b[2], '"' };

			if (check(two, sizeof two) != is_utf8(b, 2))
				cr_expect_fail("%02x %02x", first, second);
			if (check(three, sizeof three) != is_utf8(b, 3))
				cr_expect_fail("%02x %02x 80", first, second);
		}
}

Test(json_check, four_bytes_of_utf8_are_judged_by_definition)
{
	static const unsigned char third[] = { 0x7f, 0x80, 0xbf, 0xc0 };

	for (unsigned first = 0xe0; first < 0x100; first++)
		for (unsigned second = 0x20; second < 0x100; second++)
			for (unsigned i = 0; i < 16; i++) {
				unsigned char b[] = { (unsigned char)first,
					(unsigned char)second, third[i / 4],
					third[i % 4] };
				char text[] = { '"', (char)b[0], (char)b[1],
					(char)b[2], (char)b[3], '"' };

				if (first < 0xf0 && is_utf8(b, 3))
					continue;
				if (check(text, sizeof text) != is_utf8(b, 4))
					cr_expect_fail("%02x %02x %02x %02x",
					    b[0], b[1], b[2], b[3]);
			}
}

Test(json_check, every_byte_in_a_string_is_judged)
{
	for (int byte = 0; byte < 256; byte++) {
		char text[] = { '"', 'a', (char)byte, 'a', '"' };
		bool ok =
		    byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';

		cr_expect_eq(check(text, sizeof text), ok, "0x%02x",
		    (unsigned)byte);
	}
}

Test(json_check, only_four_bytes_are_blanks)
{
	for (int byte = 0; byte < 256; byte++) {
		char text[] = { (char)byte, '[', (char)byte, '0', (char)byte,
			']', (char)byte };
		bool ok = byte != 0 && strchr(" \t\r\n", byte) != NULL;

		cr_expect_eq(check(text, sizeof text), ok, "0x%02x",
		    (unsigned)byte);
	}
}

Test(json_check, a_document_cut_anywhere_is_refused)
{
	static const char body[] =
	    "{\"url\":\"\\u00e9\\ud83d\\ude00\xc3\xa9"
	    "\xf0\x9f\x98\x80\",\"events\":[\"a\",-1.5e+3,null,{\"x\":[]}]}";

	for (size_t n = 0; n < sizeof body - 1; n++)
		cr_expect_not(check(body, n), "%.*s", (int)n, body);
	cr_expect(check(body, sizeof body - 1));
}

Test(json_check, nesting_ends_at_16)
{
	static const struct {
		const char *open, *close;
	} kinds[] = {
		{ "[", "]" },
		{ "{\"\":", "}" },
		{ "[{\"a\":", "}]" },
	};

	for (size_t k = 0; k < COUNT(kinds); k++)
		for (int depth = 0; depth <= 2 * JSON_DEPTH_MAX; depth++) {
			int levels = k == 2 ? 2 * depth : depth;
			char text[1024] = "";

			for (int i = 0; i < depth; i++)
				strcat(text, kinds[k].open);
			strcat(text, "0");
			for (int i = 0; i < depth; i++)
				strcat(text, kinds[k].close);
			cr_expect_eq(json_check(text, strlen(text)),
			    levels <= JSON_DEPTH_MAX, "%s", text);
		}
}

static size_t
object_of(char *text, unsigned members)
{
	size_t n = 1;

	text[0] = '{';
	for (unsigned i = 0; i < members; i++)
		n += (size_t)sprintf(text + n, "%s\"%u\":0", i == 0 ? "" : ",",
		    i);
	text[n++] = '}';
	return n;
}

Test(json_check, an_object_has_at_most_32_members)
{
	char text[1024];

	for (unsigned n = 0; n < JSON_MEMBERS_MAX + 3; n++)
		cr_expect_eq(json_check(text, object_of(text, n)),
		    n <= JSON_MEMBERS_MAX, "%u members", n);
}

static double
milliseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void
check_quickly(const char *what, const char *body, size_t length, bool ok)
{
	double best = 1e9;

	for (int i = 0; i < 20; i++) {
		double start = milliseconds(), spent;

		cr_assert_eq(json_check(body, length), ok, "%s", what);
		spent = milliseconds() - start;
		best = spent < best ? spent : best;
	}
	cr_expect_lt(best, 20.0, "%s took %.1f ms", what, best);
}

/* Names that differ in their last character alone. */
static size_t
long_names(char *body, const char *unit)
{
	static const char last[] = "0123456789abcdefghijklmnopqrstuv";
	size_t n = 1, name = BODY_MAX / JSON_MEMBERS_MAX - 8;

	body[0] = '{';
	for (unsigned i = 0; i < JSON_MEMBERS_MAX; i++) {
		n += (size_t)sprintf(body + n, "%s\"", i == 0 ? "" : ",");
		for (size_t used = 0; used + strlen(unit) < name;
		     used += strlen(unit))
			n += (size_t)sprintf(body + n, "%s", unit);
		n += (size_t)sprintf(body + n, "%c\":0", last[i]);
	}
	body[n++] = '}';
	return n;
}

Test(json_check, the_worst_bodies_are_judged_quickly)
{
	static char body[BODY_MAX + 1];

	memset(body, '[', BODY_MAX);
	check_quickly("16,384 brackets", body, BODY_MAX, false);
	check_quickly("long names", body, long_names(body, "a"), true);
	check_quickly("long escaped names", body, long_names(body, "\\u0061"),
	    true);
	memset(body, 'a', BODY_MAX);
	body[0] = body[BODY_MAX - 1] = '"';
	check_quickly("one long string", body, BODY_MAX, true);
}

Test(json_check, a_member_is_found_as_its_sender_wrote_it)
{
	static const struct {
		const char *text, *name, *value;
	} cases[] = {
		{ "{\"url\":\"a\"}", "url", "\"a\"" },
		{ " { \"x\" : 1 , \"url\" : \"\\u0061\" } ", "url",
		    "\"\\u0061\"" },
		{ "{\"\\u0075\\u0072\\u006C\":5}", "url", "5" },
		{ "{\"url\":[ 1, {\"url\":2} ]\n}", "url",
		    "[ 1, {\"url\":2} ]" },
		{ "{\"x\":{\"url\":1},\"url\":-2.50e1 }", "url", "-2.50e1" },
		{ "{\"x\":\"\\\"url\\\":1\",\"url\":null}", "url", "null" },
		{ "{\"\":true}", "", "true" },
		{ "{\"\\u00e9\\ud83d\\ude00\":1}", "\xc3\xa9\xf0\x9f\x98\x80",
		    "1" },
		{ "{\"a\\\\b\":1}", "a\\b", "1" },
		{ "{\"a\\\"b\":1}", "a\"b", "1" },
		{ "{\"a\\nb\":1}", "a\nb", "1" },
		{ "{\"a\\nb\":1}", "a\\nb", NULL },
		{ "{\"x\":{\"url\":1}}", "url", NULL },
		{ "{\"URL\":1}", "url", NULL },
		{ "{\"urll\":1}", "url", NULL },
		{ "{\"ur\":1}", "url", NULL },
		{ "{\"\":1}", "url", NULL },
		{ "{}", "url", NULL },
		{ "[\"url\"]", "url", NULL },
		{ "[{\"url\":1}]", "url", NULL },
		{ "\"url\"", "url", NULL },
		{ "null", "url", NULL },
		{ "", "url", NULL },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct text s = json_member(cases[i].text,
		    strlen(cases[i].text), cases[i].name);

		if (cases[i].value == NULL) {
			cr_expect_null(s.start, "%s", cases[i].text);
			cr_expect_eq(s.length, 0);
			continue;
		}
		cr_assert_not_null(s.start, "%s", cases[i].text);
		cr_expect_eq(s.length, strlen(cases[i].value));
		cr_expect_arr_eq(s.start, cases[i].value, s.length, "%s",
		    cases[i].text);
	}
}
