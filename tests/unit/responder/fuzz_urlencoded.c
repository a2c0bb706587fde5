/* fuzz_urlencoded.c - what urlencoded_parse lets through means one thing only. */
#include "common/compiler.h"
#include "responder/urlencoded.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <curl/curl.h>

#include "mutate.h"

#define ROUNDS 100000

static const char *const seeds[] = {
	"grant_type=client_credentials&scope=webhooks%3Aread+webhooks%3Awrite",
	"limit=25&cursor=AbC_-9",
	"a&b=&c==",
	"%C3%A9=%F0%9F%98%80&x=%2B%26",
	"since=2026-11-24T08:43:31.794Z&until=2026-11-24T09%3A00%3A00Z",
	"",
	"token=pst_0000&token_type_hint=access_token",
	"a=1&a=2",
	"+=%20",
};

/* Written again by libcurl; a blank becomes %20, which means the same. */
static size_t
write_form(const struct urlencoded *f, char *to)
{
	size_t n = 0;

	for (size_t i = 0; i < f->count; i++) {
		char *name = curl_easy_escape(NULL, f->fields[i].name, 0);
		char *value = curl_easy_escape(NULL, f->fields[i].value, 0);

		n += (size_t)sprintf(to + n, "%s%s=%s", i > 0 ? "&" : "", name,
		    value);
		curl_free(name);
		curl_free(value);
	}
	return n;
}

static void
check_again(const struct urlencoded *f)
{
	static char text[4 * MUTATE_BYTES_MAX], room[sizeof text];
	size_t length = write_form(f, text);
	struct urlencoded again;

	cr_assert_eq(urlencoded_parse(&again, text, length, NULL, room),
	    URLENCODED_OK, "%s", text);
	cr_assert_eq(again.count, f->count, "%s", text);
	for (size_t i = 0; i < f->count; i++) {
		cr_assert_str_eq(again.fields[i].name, f->fields[i].name);
		cr_assert_str_eq(again.fields[i].value, f->fields[i].value);
	}
}

/* Copies of exactly this size, so that a byte too many is seen. */
static bool
try(const struct document *d)
{
	char *text = malloc(d->length > 0 ? d->length : 1);
	char *room = malloc(d->length + 1);
	struct urlencoded f;
	bool ok;

	cr_assert(text != NULL && room != NULL);
	memcpy(text, d->bytes, d->length);
	ok = urlencoded_parse(&f, text, d->length, NULL, room) == URLENCODED_OK;
	free(text);
	if (ok)
		check_again(&f);
	free(room);
	return ok;
}

static struct document
seed_document(uint64_t *seed)
{
	const char *text = seeds[mutate_below(COUNT(seeds), seed)];
	struct document d;

	d.length = strlen(text);
	memcpy(d.bytes, text, d.length);
	return d;
}

Test(fuzz_urlencoded, whatever_is_accepted_can_be_written_and_read_again)
{
	uint64_t seed = 20261124;
	unsigned long accepted = 0, rounds = mutate_rounds(ROUNDS);

	for (unsigned long i = 0; i < rounds; i++) {
		struct document d = seed_document(&seed);
		struct document other = seed_document(&seed);

		mutate(&d, &other, &seed);
		accepted += try(&d);
	}
	cr_expect_gt(accepted, rounds / 100, "only %lu accepted", accepted);
}
