/* message_body.c - which messages a body has, or what is wrong with it. */
#include "responder/message_body.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "common/compiler.h"
#include "mutate.h"
#include "responder/json_check.h"

#define ROUNDS 60000

static struct message_body parsed;
static struct message_fault fault;
static char *copy;

/* Of a copy of exactly this size, so that a byte read too many is seen. */
static enum outcome
parse(const void *body, size_t length)
{
	free(copy);
	copy = malloc(length > 0 ? length : 1);
	cr_assert_not_null(copy);
	memcpy(copy, body, length);
	return message_body_parse(&parsed, copy, length, &fault);
}

static bool
is(struct text text, const char *wanted)
{
	if (wanted == NULL || text.start == NULL)
		return wanted == NULL && text.start == NULL;
	return text.length == strlen(wanted) &&
	    memcmp(text.start, wanted, text.length) == 0;
}

#define DEEP_16 "[[[[[[[[[[[[[[[["
#define DEEP_128 DEEP_16 DEEP_16 DEEP_16 DEEP_16 DEEP_16 DEEP_16 DEEP_16 DEEP_16
#define FLAT_16 "]]]]]]]]]]]]]]]]"
#define FLAT_128 FLAT_16 FLAT_16 FLAT_16 FLAT_16 FLAT_16 FLAT_16 FLAT_16 FLAT_16

Test(message_body, one_message_has_its_data_as_sent)
{
	static const struct {
		const char *sent, *data;
	} cases[] = {
		{ "{\"b\":1, \"a\":1e2,\"s\":\"\\u0000\"}", NULL },
		{ " \n{ \"x\" : [ 1 , 2 ] }\t", "{ \"x\" : [ 1 , 2 ] }" },
		{ "null", NULL },
		{ "\"\\ud800\"", NULL },
		{ "{\"a\":1,\"a\":2,\"\\u0061\":3}", NULL },
		{ "-0.0e-7", NULL },
		{ "\"\xf0\x9f\x98\x80\"", NULL },
		{ DEEP_128 FLAT_128, NULL },
		{ "{\"data\":{\"data\":{\"data\":\"\\u0000\"}}}", NULL },
	};
	char body[1024];

	for (size_t i = 0; i < COUNT(cases); i++) {
		snprintf(body, sizeof body, "{\"type\":\"a.b\",\"data\":%s}",
		    cases[i].sent);
		cr_assert_eq(parse(body, strlen(body)), OUTCOME_NONE, "%s",
		    body);
		cr_assert(parsed.flat && parsed.count == 1);
		cr_assert(is(parsed.messages[0].data,
			      cases[i].data == NULL ? cases[i].sent
						    : cases[i].data),
		    "%s", body);
		cr_assert(is(parsed.messages[0].type, "a.b"));
		cr_assert(is(parsed.messages[0].account, NULL));
		cr_assert(is(parsed.messages[0].key, NULL));
	}
}

Test(message_body, strings_are_without_quotes_and_escapes)
{
	static const char body[] =
	    " { \"messages\" : [ { \"data\":{},"
	    "\"typ\\u0065\":\"\\u0061.\\u00e9\\ud83d\\ude00\\\"\","
	    "\"account\":\"*\" } , {\"idempotency_key\":\"k\\/1\","
	    "\"type\":\"t\",\"data\":[1]}]} ";

	cr_assert_eq(parse(body, sizeof body - 1), OUTCOME_NONE);
	cr_assert(!parsed.flat && parsed.count == 2);
	cr_assert(is(parsed.messages[0].type, "a.\xc3\xa9\xf0\x9f\x98\x80\""));
	cr_assert(is(parsed.messages[0].account, "*"));
	cr_assert(is(parsed.messages[0].data, "{}"));
	cr_assert(is(parsed.messages[1].key, "k/1"));
	cr_assert(is(parsed.messages[1].data, "[1]"));
	cr_assert(is(parsed.messages[1].account, NULL));
}

static const struct refused {
	const char *body;
	enum outcome outcome;
	const char *parameter, *value;
} refused[] = {
	{ "", OUTCOME_INVALID_JSON, "", NULL },
	{ "[]", OUTCOME_INVALID_BODY, "", NULL },
	{ "{\"type\":\"a\",\"data\":[}", OUTCOME_INVALID_JSON, "", NULL },
	{ "{\"type\":\"a\",\"data\":" DEEP_128 "[]" FLAT_128 "}",
	    OUTCOME_INVALID_JSON, "", NULL },
	{ "{\"type\":\"a\",\"data\":1,\"data\":2}", OUTCOME_INVALID_JSON, "",
	    NULL },
	{ "{\"type\":\"a\",\"data\":1,\"d\\u0061ta\":2}", OUTCOME_INVALID_JSON,
	    "", NULL },
	{ "{\"type\":\"\\u0000\",\"data\":1}", OUTCOME_INVALID_JSON, "", NULL },
	{ "{\"type\":\"a\",\"data\":\"\xff\"}", OUTCOME_INVALID_JSON, "",
	    NULL },
	{ "{}", OUTCOME_INVALID_PARAMETER, "type", NULL },
	{ "{\"data\":1}", OUTCOME_INVALID_PARAMETER, "type", NULL },
	{ "{\"type\":\"a\"}", OUTCOME_INVALID_PARAMETER, "data", NULL },
	{ "{\"type\":7,\"data\":1}", OUTCOME_INVALID_PARAMETER, "type", "7" },
	{ "{\"type\":\"\",\"data\":1}", OUTCOME_INVALID_PARAMETER, "type",
	    "\"\"" },
	{ "{\"type\":\"a\",\"data\":1,\"account\":null}",
	    OUTCOME_INVALID_PARAMETER, "account", "null" },
	{ "{\"type\":\"a\",\"data\":1,\"idempotency_key\":\"\"}",
	    OUTCOME_INVALID_PARAMETER, "idempotency_key", "\"\"" },
	{ "{\"type\":\"a\",\"data\":1,\"no\\u006ene\":[2]}",
	    OUTCOME_INVALID_PARAMETER, "nonne", "[2]" },
	{ "{\"type\":\"a\",\"data\":1,\"\":0}", OUTCOME_INVALID_PARAMETER, "",
	    "0" },
	{ "{\"messages\":7}", OUTCOME_INVALID_PARAMETER, "messages", "7" },
	{ "{\"messages\":[ ]}", OUTCOME_INVALID_PARAMETER, "messages", "[ ]" },
	{ "{\"messages\":[7]}", OUTCOME_INVALID_PARAMETER, "messages[0]", "7" },
	{ "{\"messages\":[],\"type\":\"a\"}", OUTCOME_INVALID_PARAMETER, "type",
	    NULL },
	{ "{\"messages\":[],\"x\":1}", OUTCOME_INVALID_PARAMETER, "x", "1" },
	{ "{\"data\":{\"a\":1,\"a\":2},\"messages\":[{}]}",
	    OUTCOME_INVALID_PARAMETER, "data", NULL },
	{ "{\"messages\":[{\"type\":\"a\",\"data\":1},{\"type\":[],\"data\":1}"
	  "]}",
	    OUTCOME_INVALID_PARAMETER, "messages[1].type", "[]" },
	{ "{\"messages\":[{\"type\":\"a\",\"data\":1},{\"type\":\"a\"}]}",
	    OUTCOME_INVALID_PARAMETER, "messages[1].data", NULL },
	{ "{\"messages\":[{\"type\":\"a\",\"data\":1,\"url\":\"b\"}]}",
	    OUTCOME_INVALID_PARAMETER, "messages[0].url", "\"b\"" },
	{ "{\"messages\":[{\"messages\":[]}]}", OUTCOME_INVALID_PARAMETER,
	    "messages[0].messages", "[]" },
};

Test(message_body, what_is_wrong_is_named)
{
	for (const struct refused *r = refused; r < refused + COUNT(refused);
	     r++) {
		cr_expect_eq(parse(r->body, strlen(r->body)), r->outcome, "%s",
		    r->body);
		cr_expect_str_eq(fault.parameter, r->parameter, "%s", r->body);
		cr_expect(is(fault.value, r->value), "%s", r->body);
		cr_expect_eq(fault.text != NULL,
		    r->outcome == OUTCOME_INVALID_PARAMETER, "%s", r->body);
		cr_expect(memcmp(copy, r->body, strlen(r->body)) == 0,
		    "%s is as it was", r->body);
	}
}

/* A body of so many messages; free it. */
static char *
body_of(size_t count)
{
	char *body = malloc(64 + 32 * count);
	int n = sprintf(body, "{\"messages\":[");

	for (size_t i = 0; i < count; i++)
		n += sprintf(body + n, "%s{\"type\":\"a\",\"data\":%zu}",
		    i == 0 ? "" : ",", i);
	sprintf(body + n, "]}");
	return body;
}

Test(message_body, there_are_up_to_100_messages)
{
	static const struct {
		size_t count;
		enum outcome outcome;
	} cases[] = {
		{ 1, OUTCOME_NONE },
		{ 100, OUTCOME_NONE },
		{ 101, OUTCOME_INVALID_PARAMETER },
		{ 9000, OUTCOME_INVALID_PARAMETER },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char *body = body_of(cases[i].count);

		cr_expect_eq(parse(body, strlen(body)), cases[i].outcome, "%zu",
		    cases[i].count);
		if (cases[i].outcome == OUTCOME_NONE)
			cr_expect_eq(parsed.count, cases[i].count);
		else
			cr_expect_str_eq(fault.parameter, "messages");
		free(body);
	}
}

Test(message_body, the_limits_of_the_strings_are_in_bytes)
{
	static const struct {
		const char *name;
		size_t bytes_max;
	} cases[] = {
		{ "type", MESSAGE_TYPE_MAX },
		{ "account", MESSAGE_ACCOUNT_MAX },
		{ "idempotency_key", MESSAGE_KEY_MAX },
	};
	char body[2048], long_text[300];

	for (size_t i = 0; i < COUNT(cases); i++)
		for (size_t more = 0; more < 2; more++) {
			memset(long_text, 'x', sizeof long_text);
			long_text[cases[i].bytes_max + more - 1] = '\0';
			snprintf(body, sizeof body,
			    "{\"messages\":[{\"data\":0,%s\"%s\":\"\\u0078%s\"}"
			    "]}",
			    i == 0 ? "" : "\"type\":\"a\",", cases[i].name,
			    long_text);
			cr_expect_eq(parse(body, strlen(body)),
			    more == 0 ? OUTCOME_NONE
				      : OUTCOME_INVALID_PARAMETER,
			    "%s", body);
		}
}

/* What is let through is inside the body, and JSON. */
static void
look_at_messages(const struct document *d)
{
	for (size_t i = 0; i < parsed.count; i++) {
		const struct message *m = &parsed.messages[i];

		cr_assert(m->data.start > copy &&
		    m->data.start + m->data.length < copy + d->length);
		cr_assert(
		    json_check_by(&json_free, m->data.start, m->data.length));
		cr_assert(memcmp(m->data.start,
			      d->bytes + (m->data.start - copy),
			      m->data.length) == 0,
		    "the data is as it was sent: %.*s", (int)d->length,
		    d->bytes);
		cr_assert(
		    m->type.length > 0 && m->type.length <= MESSAGE_TYPE_MAX);
	}
}

Test(message_body, whatever_comes_is_refused_or_has_its_data_as_sent)
{
	static const char *const good[] = {
		"{\"type\":\"a.b\",\"data\":{\"b\":1, \"a\":1e2,\"s\":\"\\u0000"
		"\"},\"account\":\"*\",\"idempotency_key\":\"k\\u0061\"}",
		"{\"messages\":[{\"type\":\"\\u0061\\ud83d\\ude00\",\"data\":"
		"[{\"a\":1,\"a\":\"\\ud800\"}]},{\"data\":null,\"type\":\"x\","
		"\"idempotency_key\":\"\\\"\"}]}",
	};
	uint64_t seed = 20261128;
	unsigned long accepted = 0, rounds = mutate_rounds(ROUNDS);

	for (unsigned long i = 0; i < rounds; i++) {
		struct document d, other;
		const char *one = good[mutate_below(2, &seed)];
		const char *two = good[mutate_below(2, &seed)];

		d.length = strlen(one);
		memcpy(d.bytes, one, d.length);
		other.length = strlen(two);
		memcpy(other.bytes, two, other.length);
		mutate(&d, &other, &seed);
		if (parse(d.bytes, d.length) == OUTCOME_NONE) {
			look_at_messages(&d);
			accepted++;
		} else {
			cr_assert(memcmp(copy, d.bytes, d.length) == 0);
		}
	}
	cr_expect_gt(accepted, rounds / 100, "only %lu accepted", accepted);
	free(copy);
	copy = NULL;
}
