/* expect.c - answers against what is wanted, member by member. */
#include "expect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <json-c/json.h>
#include <sodium.h>

#include "differences.h"
#include "site.h"

#define ANY_NUMBER "#"

/* The headers that come with some answers, and with no others. */
static const struct extra {
	int status;
	const char *code; /* NULL: any */
	const char *header, *value;
} extras[] = {
	{ 401, "unauthorized", "WWW-Authenticate", "Bearer realm=\"postern\"" },
	{ 401, "invalid_token", "WWW-Authenticate",
	    "Bearer realm=\"postern\", error=\"invalid_token\"" },
	{ 405, NULL, "Allow", "POST" },
	{ 415, NULL, "Accept", "application/json" },
	{ 429, NULL, "Retry-After", ANY_NUMBER },
	{ 503, NULL, "Retry-After", ANY_NUMBER },
	{ 504, NULL, "Retry-After", ANY_NUMBER },
};

static const char *const extra_headers[] = { "WWW-Authenticate", "Allow",
	"Accept", "Retry-After", "Vary" };

static const struct difference *
difference_here(const char *name)
{
	const struct difference *d = server_differences;

	while (d->server != NULL &&
	    !(server_is(d->server) && strcmp(d->name, name) == 0))
		d++;
	return d->server != NULL ? d : NULL;
}

struct want
want_here(const char *name, struct want w)
{
	const struct difference *d = difference_here(name);

	return d == NULL ? w : (struct want){ d->status, d->code, NULL, NULL };
}

static void
tell_difference(const char *name)
{
	const struct difference *d = difference_here(name);

	if (d != NULL)
		tell("%s: %d, for %s", name, d->status, d->reason);
}

long
retry_after(const struct answer *a)
{
	char value[32], *end;
	long seconds;

	if (answer_header(a, "Retry-After", value, sizeof value) != 1)
		return -1;
	seconds = strtol(value, &end, 10);
	return value[0] != '\0' && *end == '\0' && seconds >= 1 ? seconds : -1;
}

static const char *
extra_value(const char *header, struct want w)
{
	for (size_t i = 0; i < sizeof extras / sizeof extras[0]; i++)
		if (extras[i].status == w.status &&
		    (extras[i].code == NULL ||
			strcmp(extras[i].code, w.code) == 0) &&
		    strcmp(extras[i].header, header) == 0)
			return extras[i].value;
	return NULL;
}

/* How often a header comes in this case: once, but for a difference. */
static int
times_here(const char *name, const char *header)
{
	const struct difference *d;
	char field[128];

	snprintf(field, sizeof field, "%s: %s", name, header);
	d = difference_here(field);
	return d == NULL ? 1 : d->status;
}

static void
expect_header(const char *name, const struct answer *a, const char *header,
    const char *wanted)
{
	int times = times_here(name, header);
	char value[512];
	int n = answer_header(a, header, value, sizeof value);

	if (wanted == NULL)
		cr_expect_eq(n, 0, "%s: no %s, but \"%s\"", name, header,
		    value);
	else if (strcmp(wanted, ANY_NUMBER) == 0)
		cr_expect(retry_after(a) >= 1, "%s: %s \"%s\", a number", name,
		    header, value);
	else
		cr_expect(n == times && strcmp(value, wanted) == 0,
		    "%s: %d of %s \"%s\", but %d of \"%s\"", name, times,
		    header, wanted, n, value);
}

/* The headers of every answer, and those of this one. */
static void
expect_headers(const char *name, const struct answer *a, struct want w)
{
	char server[128];

	expect_header(name, a, "Content-Type", "application/json");
	expect_header(name, a, "Cache-Control", "no-store");
	for (size_t i = 0; i < sizeof extra_headers / sizeof extra_headers[0];
	     i++)
		expect_header(name, a, extra_headers[i],
		    extra_value(extra_headers[i], w));
	answer_header(a, "Server", server, sizeof server);
	cr_expect(strpbrk(server, "0123456789(") == NULL,
	    "%s: Server tells a version: %s", name, server);
}

/* The body as one strict JSON object in UTF-8; NULL when it is not. */
static json_object *
parse(const char *text, size_t length)
{
	json_tokener *t = json_tokener_new();
	json_object *o;

	json_tokener_set_flags(t,
	    JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	o = json_tokener_parse_ex(t, text, (int)length);
	if (json_tokener_get_error(t) != json_tokener_success ||
	    json_tokener_get_parse_end(t) != length) {
		json_object_put(o);
		o = NULL;
	}
	json_tokener_free(t);
	return o;
}

static bool
member_is(json_object *o, const char *member, const char *text)
{
	json_object *value = NULL;

	if (!json_object_object_get_ex(o, member, &value))
		return text == NULL;
	return text != NULL && json_object_is_type(value, json_type_string) &&
	    strcmp(json_object_get_string(value), text) == 0;
}

static bool
value_is(json_object *o, const char *json)
{
	json_object *value = NULL, *wanted;
	bool same;

	if (!json_object_object_get_ex(o, "parameter_value", &value))
		return json == NULL;
	if (json == NULL)
		return false;
	wanted = json_tokener_parse(json);
	same = json_object_equal(value, wanted) != 0;
	json_object_put(wanted);
	return same;
}

static void
expect_error_body(const char *name, const struct answer *a, struct want w)
{
	json_object *o = parse(a->body, a->length), *text = NULL;
	int members = 3 + (w.parameter != NULL) + (w.value != NULL);
	char id[128];

	cr_expect_eq(answer_header(a, "X-Request-Id", id, sizeof id), 1,
	    "%s: one X-Request-Id", name);
	cr_expect(id[0] != '\0', "%s: X-Request-Id is empty", name);
	cr_expect(o != NULL && json_object_is_type(o, json_type_object),
	    "%s: a strict JSON object: %s", name, a->body);
	if (o == NULL)
		return;
	cr_expect(member_is(o, "errorId", id), "%s: errorId is \"%s\": %s",
	    name, id, a->body);
	cr_expect(member_is(o, "code", w.code), "%s: code %s: %s", name, w.code,
	    a->body);
	cr_expect(json_object_object_get_ex(o, "text", &text) &&
		json_object_get_string_len(text) > 0,
	    "%s: a text: %s", name, a->body);
	cr_expect(member_is(o, "parameter_name", w.parameter),
	    "%s: parameter_name %s: %s", name,
	    w.parameter != NULL ? w.parameter : "absent", a->body);
	cr_expect(value_is(o, w.value), "%s: parameter_value %s: %s", name,
	    w.value != NULL ? w.value : "absent", a->body);
	cr_expect_eq(json_object_object_length(o), members,
	    "%s: %d members: %s", name, members, a->body);
	json_object_put(o);
}

void
expect_answer(const char *name, const struct answer *a, struct want w)
{
	char key[KEY_TEXT_MAX];

	w = want_here(name, w);
	tell_difference(name);
	if (w.status == 201) {
		expect_registered(name, a, key);
		return;
	}
	cr_expect_eq(a->status, w.status, "%s: %d, but %d: %s", name, w.status,
	    a->status, a->body);
	if (a->status != w.status)
		return;
	expect_headers(name, a, w);
	expect_error_body(name, a, w);
}

bool
answer_key(const struct answer *a, char key[KEY_TEXT_MAX])
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *k = strstr(a->body, "\"whsec_");

	if (a->status != 201 || k == NULL || strspn(k + 7, digits) != 43 ||
	    strncmp(k + 50, "=\"", 2) != 0)
		return false;
	memcpy(key, k + 1, KEY_TEXT_MAX - 1);
	key[KEY_TEXT_MAX - 1] = '\0';
	return true;
}

bool
expect_registered(const char *name, const struct answer *a,
    char key[KEY_TEXT_MAX])
{
	struct want w = { 201, "registered", NULL, NULL };
	json_object *o = parse(a->body, a->length);
	bool good = a->status == 201 && answer_key(a, key) &&
	    json_object_object_length(o) == 2 &&
	    member_is(o, "message", "Webhook registered successfully.") &&
	    member_is(o, "apiSecretKey", key);
	char id[128];

	json_object_put(o);
	cr_expect(good, "%s: 201 with message and key, but %d: %s", name,
	    a->status, a->body);
	if (!good)
		return false;
	cr_expect_eq(answer_header(a, "X-Request-Id", id, sizeof id), 1,
	    "%s: one X-Request-Id", name);
	expect_headers(name, a, w);
	note_secret(key);
	return true;
}

/* As its owner sees it, and its bytes as a dump would show them. */
static void
write_secret(FILE *f, const char *text)
{
	char hex[2 * 64 + 1];
	unsigned char bytes[64];
	size_t n = 0;

	if (strncmp(text, "whsec_", 6) == 0) {
		text += 6;
		sodium_base642bin(bytes, sizeof bytes, text, strlen(text), NULL,
		    &n, NULL, sodium_base64_VARIANT_ORIGINAL);
		fprintf(f, "%s\n", sodium_bin2hex(hex, sizeof hex, bytes, n));
	}
	fprintf(f, "%s\n", text);
}

void
note_secrets(const char *first, size_t step, size_t count)
{
	char path[PATH_ROOM];
	FILE *f;

	site_path(path, NOTED_SECRETS);
	f = fopen(path, "ae");
	cr_assert_not_null(f, "%s cannot be written", path);
	for (size_t i = 0; i < count; i++)
		write_secret(f, first + i * step);
	fclose(f);
}

void
note_secret(const char *text)
{
	note_secrets(text, 0, 1);
}
