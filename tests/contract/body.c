/* body.c - acceptance points 5 to 8: bodies that are not strict JSON. */
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "account.h"
#include "calm.h"
#include "site.h"

TestSuite(body, .init = calm, .fini = calm, .timeout = 120);

#define U "\"url\": \"https://a.example/\""
#define E "\"events\": [\"payment.settled\"]"
#define GOOD "{" U ", " E "}"

/* A body that may hold NULs: its bytes and how many. */
#define BYTES(text) text, sizeof(text) - 1, false
#define VALUE(text) text, sizeof(text) - 1, true

static const struct want invalid_json = { 400, "invalid_json", NULL, NULL };
static const struct want invalid_body = { 400, "invalid_body", NULL, NULL };

struct body_case {
	const char *name;
	const char *body;
	size_t length;
	bool not_object; /* strict JSON all the same */
};

/* Each case is refused as what it is, and none leaves a row. */
static void
expect_refused(const struct body_case *cases, size_t n)
{
	struct account who = account_new();

	for (size_t i = 0; i < n; i++) {
		struct answer a =
		    post_bytes(&who, cases[i].body, cases[i].length);

		expect_answer(cases[i].name, &a,
		    cases[i].not_object ? invalid_body : invalid_json);
	}
	cr_expect_eq(account_webhooks(&who), 0, "zero rows");
}

#define EXPECT_REFUSED(cases) \
	expect_refused(cases, sizeof cases / sizeof cases[0])

/* A key cut at \u0000 must not smuggle a second url. */
Test(body, nul_in_names_and_values)
{
	static const struct body_case cases[] = {
		{ "p05 url NUL x after url",
		    BYTES("{\"url\":"
			  "\"https://a.example\",\"url\\u0000x\":"
			  "\"https://b.example\"," E "}") },
		{ "p05 url NUL x before url",
		    BYTES(
			"{\"url\\u0000x\":"
			"\"https://b.example\",\"url\":\"https://a.example\"," E
			"}") },
		{ "p05 url NUL alone",
		    BYTES("{\"url\\u0000\":"
			  "\"https://a.example\"," E "}") },
		{ "p05 NUL inside url",
		    BYTES("{\"url\":"
			  "\"https://a.example\\u0000.b.example\"," E "}") },
		{ "p05 NUL ends url",
		    BYTES("{\"url\":"
			  "\"https://a.example/\\u0000\"," E "}") },
		{ "p05 NUL inside an event",
		    BYTES("{" U ",\"events\":"
			  "[\"payment.settled\\u0000x\"]}") },
		{ "p05 NUL byte inside url",
		    BYTES("{\"url\":"
			  "\"https://a.example/\0\"," E "}") },
	};

	EXPECT_REFUSED(cases);
}

/* No member twice, however it is spelt. */
Test(body, duplicate_members)
{
	static const struct body_case cases[] = {
		{ "p06 url twice",
		    BYTES("{" U ", "
			  "\"url\": \"https://b.example/\", " E "}") },
		{ "p06 url twice alike", BYTES("{" U ", " U ", " E "}") },
		{ "p06 url as \\u0075rl",
		    BYTES("{" U ", "
			  "\"\\u0075rl\": \"https://b.example/\", " E "}") },
		{ "p06 \\u0075rl first",
		    BYTES("{\"\\u0075rl\": "
			  "\"https://b.example/\", " U ", " E "}") },
		{ "p06 both escaped",
		    BYTES("{\"\\u0075rl\": "
			  "\"https://b.example/\", \"u\\u0072l\": "
			  "\"https://a.example/\", " E "}") },
		{ "p06 events twice", BYTES("{" U ", " E ", " E "}") },
		{ "p06 events as \\u0065vents",
		    BYTES("{" U ", " E ", "
			  "\"\\u0065vents\": [\"payment.settled\"]}") },
	};

	EXPECT_REFUSED(cases);
}

/* Bytes that are no UTF-8, and surrogates alone or in the wrong order. */
Test(body, broken_utf8_and_surrogates)
{
	static const char *const broken[] = {
		"\xff\xfe",
		"\xc0\xaf",
		"\xed\xa0\x80",
		"\xf4\x90\x80\x80",
		"\\ud800",
		"\\ude00\\ud83d",
		"\\ud83d\\u0041",
		"\x80",
		"\xe2\x82",
	};
	static const struct {
		const char *before, *after;
	} places[] = {
		{ "{\"url\": \"https://a.example/", "\", " E "}" },
		{ "{" U ", \"events\": [\"", "\"]}" },
		{ "{" U ", " E ", \"", "\": 1}" },
		{ GOOD, "" },
	};
	struct account who = account_new();
	char body[BODY_ROOM], name[64];

	for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++)
		for (size_t j = 0; j < sizeof places / sizeof places[0]; j++) {
			struct answer a;

			snprintf(name, sizeof name, "p07 row %zu place %zu", i,
			    j);
			snprintf(body, sizeof body, "%s%s%s", places[j].before,
			    broken[i], places[j].after);
			a = post(&who, body);
			expect_answer(name, &a, invalid_json);
		}
	cr_expect_eq(account_webhooks(&who), 0, "p07: zero rows");
}

/* Empty, not an object, cut, followed by something, or not JSON at all. */
Test(body, not_one_strict_object)
{
	static const struct body_case cases[] = {
		{ "p08 empty", BYTES("") },
		{ "p08 blanks", BYTES(" \r\n\t ") },
		{ "p08 null", VALUE("null") },
		{ "p08 42", VALUE("42") },
		{ "p08 []", VALUE("[]") },
		{ "p08 a string", VALUE("\"https://a.example/\"") },
		{ "p08 in an array", VALUE("[" GOOD "]") },
		{ "p08 truncated", BYTES("{" U ", \"events\": [\"payment.") },
		{ "p08 no brace", BYTES("{" U ", " E) },
		{ "p08 {..}x", BYTES(GOOD "x") },
		{ "p08 {..}{..}", BYTES(GOOD GOOD) },
		{ "p08 NUL and a tail", BYTES(GOOD "\0" GOOD) },
		{ "p08 NUL", BYTES(GOOD "\0") },
		{ "p08 BOM", BYTES("\xef\xbb\xbf" GOOD) },
		{ "p08 UTF-16", BYTES("{\0\"\0u\0") },
		{ "p08 block comment", BYTES("{/* */" U ", " E "}") },
		{ "p08 line comment", BYTES("// x\n" GOOD) },
		{ "p08 trailing comma", BYTES("{" U ", " E ",}") },
		{ "p08 comma in array",
		    BYTES("{" U ", \"events\": [\"payment.settled\",]}") },
		{ "p08 single quotes",
		    BYTES("{'url': 'https://a.example/', " E "}") },
		{ "p08 no quotes",
		    BYTES("{url: \"https://a.example/\", " E "}") },
		{ "p08 raw tab",
		    BYTES("{\"url\": \"https://a.example/\t\", " E "}") },
		{ "p08 raw newline",
		    BYTES("{\"url\": \"https://a.example/\n\"," E "}") },
		{ "p08 NaN", BYTES("{" U ", " E ", \"n\": NaN}") },
		{ "p08 Infinity", BYTES("{" U ", " E ", \"n\": -Infinity}") },
		{ "p08 2.e3", BYTES("{" U ", " E ", \"n\": 2.e3}") },
		{ "p08 -01", BYTES("{" U ", " E ", \"n\": -01}") },
		{ "p08 True", BYTES("{" U ", " E ", \"n\": True}") },
		{ "p08 \\x escape",
		    BYTES("{\"url\": \"https://a.example/\\x\"," E "}") },
		{ "p08 form", BYTES("url=https://a.example/") },
	};

	EXPECT_REFUSED(cases);
}
