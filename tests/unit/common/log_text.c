/* log_text.c - a line is well-formed whatever its values are. */
#include "common/log_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "common/compiler.h"
#include "common/utf8.h"

#define DRAWS 20000

static const struct {
	const char *value, *logfmt, *json;
} rows[] = {
	{ "word", "a=word", "{\"a\":\"word\"}" },
	{ "", "a=\"\"", "{\"a\":\"\"}" },
	{ "two words", "a=\"two words\"", "{\"a\":\"two words\"}" },
	{ "x=1", "a=\"x=1\"", "{\"a\":\"x=1\"}" },
	{ "\"q\" \\", "a=\"\\\"q\\\" \\\\\"", "{\"a\":\"\\\"q\\\" \\\\\"}" },
	{ "line\nbreak\x1b[1m", "a=\"line?break?[1m\"",
	    "{\"a\":\"line?break?[1m\"}" },
	{ "\xc3\xa4", "a=\"\xc3\xa4\"", "{\"a\":\"\xc3\xa4\"}" },
	{ "\xc2\x9b", "a=\"?\"", "{\"a\":\"?\"}" },
	{ "\xff\xc3",
	    "a=\"?"
	    "?\"",
	    "{\"a\":\"?"
	    "?\"}" },
};

static const char *
line(bool json, const char *value)
{
	static struct log_text t;

	log_text_begin(&t, json);
	log_text_add(&t, "a", value);
	log_text_end(&t);
	return t.bytes;
}

Test(log_text, values_are_quoted_as_they_need_it)
{
	for (size_t i = 0; i < COUNT(rows); i++) {
		cr_expect_str_eq(line(false, rows[i].value), rows[i].logfmt,
		    "row %zu", i);
		cr_expect_str_eq(line(true, rows[i].value), rows[i].json,
		    "row %zu", i);
	}
}

Test(log_text, names_and_numbers)
{
	struct log_text t;

	log_text_begin(&t, true);
	log_text_add_number(&t, "n", -5);
	log_text_add(&t, "b", "x");
	log_text_end(&t);
	cr_expect_str_eq(t.bytes, "{\"n\":-5,\"b\":\"x\"}");
	log_text_begin(&t, false);
	log_text_add_number(&t, "n", 7);
	log_text_add(&t, "b", "x y");
	log_text_end(&t);
	cr_expect_str_eq(t.bytes, "n=7 b=\"x y\"");
}

/* Steps over a JSON string; NULL: it is none. */
static const char *
skip_string(const char *at)
{
	if (*at++ != '"')
		return NULL;
	while (*at != '"') {
		if (*at == '\\')
			at++;
		if ((unsigned char)*at < ' ')
			return NULL;
		at++;
	}
	return at + 1;
}

/* An object of strings alone? */
static bool
is_object(const char *at)
{
	if (*at++ != '{')
		return false;
	while ((at = skip_string(at)) != NULL && *at == ':' &&
	    (at = skip_string(at + 1)) != NULL && *at == ',')
		at++;
	return at != NULL && strcmp(at, "}") == 0;
}

Test(log_text, whatever_is_in_them_the_line_is_well_formed)
{
	static char value[LOG_LINE_MAX + 100];
	unsigned seed = 15;

	for (int i = 0; i < DRAWS; i++) {
		struct log_text t;
		size_t length =
		    (size_t)rand_r(&seed) % (i % 8 == 0 ? sizeof value : 40);

		for (size_t n = 0; n < length; n++)
			value[n] = (char)(1 + rand_r(&seed) % 255);
		value[length] = '\0';
		log_text_begin(&t, true);
		log_text_add(&t, "first", value);
		log_text_add(&t, "second", value);
		log_text_add(&t, "third", "x");
		log_text_end(&t);
		cr_assert(is_object(t.bytes), "%s", t.bytes);
		cr_assert(utf8_valid(t.bytes, strlen(t.bytes)));
	}
}
