/* idempotency_key.c - which values of the header are keys, and which key. */
#include "responder/idempotency_key.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "common/compiler.h"

static const struct {
	const char *value, *key; /* NULL: refused */
} cases[] = {
	{ "\"8e03978e-40d5-43dd-bc93-6894a57f9324\"",
	    "8e03978e-40d5-43dd-bc93-6894a57f9324" },
	{ "8e03978e-40d5-43dd-bc93-6894a57f9324",
	    "8e03978e-40d5-43dd-bc93-6894a57f9324" },
	{ "\t \"a\" ", "a" },
	{ " a\t", "a" },
	{ "\"a b\"", "a b" },
	{ "\"a\\\"b\\\\c\"", "a\"b\\c" },
	{ "\"a,b;c\"", "a,b;c" },
	{ "order/7:cGF5==", "order/7:cGF5==" },
	{ "'a'", "'a'" },
	{ "", NULL },
	{ " ", NULL },
	{ "\"\"", NULL },
	{ "\"", NULL },
	{ "\"a", NULL },
	{ "a\"", NULL },
	{ "\"a\"b", NULL },
	{ "\"a\", \"b\"", NULL },
	{ "a, b", NULL },
	{ "a b", NULL },
	{ "a;b", NULL },
	{ "\"a\";b", NULL },
	{ "\"a\\b\"", NULL },
	{ "\"a\\", NULL },
	{ "a\\b", NULL },
	{ "\xc3\xa9", NULL },
	{ "\"\xc3\xa9\"", NULL },
	{ "\"a\tb\"", NULL },
	{ "a\x7f", NULL },
};

/* A copy of exactly this size, so that a byte read too many is seen. */
static bool
parse(const char *value, char key[IDEMPOTENCY_KEY_MAX + 1])
{
	char *copy = strdup(value);
	bool ok = idempotency_key_parse(copy, key);

	free(copy);
	return ok;
}

Test(idempotency_key, a_key_is_a_string_or_the_same_without_quotes)
{
	char key[IDEMPOTENCY_KEY_MAX + 1];

	for (size_t i = 0; i < COUNT(cases); i++) {
		bool ok = parse(cases[i].value, key);

		cr_expect_eq(ok, cases[i].key != NULL, "%s", cases[i].value);
		if (ok)
			cr_expect_str_eq(key, cases[i].key);
	}
}

Test(idempotency_key, a_key_has_up_to_256_bytes)
{
	char value[300], key[IDEMPOTENCY_KEY_MAX + 1];

	for (size_t quotes = 0; quotes < 2; quotes++)
		for (size_t n = 255; n < 259; n++) {
			memset(value, 'x', sizeof value);
			value[0] = quotes ? '"' : 'x';
			value[n + quotes] = quotes ? '"' : '\0';
			value[n + 2 * quotes] = '\0';
			cr_expect_eq(parse(value, key), n <= 256, "%zu", n);
		}
}
