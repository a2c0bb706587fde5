/* fuzz_json_check.c - what json_check lets through, json-c reads alike. */
#include "responder/json_check.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <json-c/json.h>

#include "mutate.h"

#define DOCUMENTS_MAX 1000
#define ROUNDS 60000

static struct document documents[DOCUMENTS_MAX];
static size_t document_count;

static void
load(const char *name)
{
	const char *top = getenv("srcdir");
	char directory[512], path[1024];
	struct dirent *entry;
	DIR *d;
	FILE *f;

	snprintf(directory, sizeof directory, "%s/tests/corpus/%s",
	    top == NULL ? "." : top, name);
	d = opendir(directory);
	cr_assert_not_null(d, "%s", directory);
	while ((entry = readdir(d)) != NULL && document_count < DOCUMENTS_MAX) {
		struct document *to = &documents[document_count];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
		f = fopen(path, "rb");
		cr_assert_not_null(f, "%s", path);
		to->length = fread(to->bytes, 1, sizeof to->bytes, f);
		fclose(f);
		document_count++;
	}
	closedir(d);
}

static struct json_object *
parse(const char *text, size_t length, enum json_tokener_error *error)
{
	struct json_tokener *tok = json_tokener_new();
	struct json_object *o;

	json_tokener_set_flags(tok,
	    JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	o = json_tokener_parse_ex(tok, text, (int)length);
	*error = json_tokener_get_error(tok);
	if (*error == json_tokener_continue) {
		o = json_tokener_parse_ex(tok, "", 1);
		*error = json_tokener_get_error(tok);
	}
	json_tokener_free(tok);
	return o;
}

/* The span of each member is that member's value, read by itself. */
static void
compare_members(const char *text, size_t length, struct json_object *o)
{
	json_object_object_foreach(o, name, value)
	{
		struct text s = json_member(text, length, name);
		enum json_tokener_error error;
		struct json_object *again;

		cr_assert_not_null(s.start, "%.*s lacks %s", (int)length, text,
		    name);
		again = parse(s.start, s.length, &error);
		cr_assert_eq(error, json_tokener_success, "%.*s", (int)s.length,
		    s.start);
		cr_assert(json_object_equal(again, value), "%s in %.*s", name,
		    (int)length, text);
		json_object_put(again);
	}
}

/* A copy of exactly this size, so that a byte read too many is seen. */
static bool
try(const struct document *d)
{
	char *text = malloc(d->length > 0 ? d->length : 1);
	enum json_tokener_error error;
	struct json_object *o;
	bool ok;

	cr_assert_not_null(text);
	memcpy(text, d->bytes, d->length);
	ok = json_check(text, d->length);
	json_member(text, d->length, "url");
	if (ok) {
		o = parse(text, d->length, &error);
		cr_assert_eq(error, json_tokener_success, "%s: %.*s",
		    json_tokener_error_desc(error), (int)d->length, text);
		if (json_object_is_type(o, json_type_object))
			compare_members(text, d->length, o);
		json_object_put(o);
	}
	free(text);
	return ok;
}

Test(fuzz_json_check, whatever_is_accepted_is_read_alike_by_json_c)
{
	uint64_t seed = 20261124;
	unsigned long accepted = 0, rounds = mutate_rounds(ROUNDS);

	load("json-valid");
	load("json");
	for (unsigned long i = 0; i < rounds; i++) {
		const struct document *other;
		struct document d;

		d = documents[mutate_below(document_count, &seed)];
		other = &documents[mutate_below(document_count, &seed)];
		mutate(&d, other, &seed);
		accepted += try(&d);
	}
	cr_expect_gt(accepted, rounds / 100, "only %lu accepted", accepted);
}
