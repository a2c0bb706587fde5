/* api_input.c - from a query or a body to the JSON that SQL functions take. */
#include "responder/api_input.h"

#include <stdio.h>
#include <string.h>

#include <json-c/json.h>
#include <sodium.h>

#include "common/traceparent.h"
#include "responder/headers_body.h"

#define CURSOR "cursor"
#define EMPTY "{}"
#define NO_SUCH_NAME "There is no such parameter."
#define HEX_MAX (2 * SEAL_TEXT_BOX_MAX)

static bool
add_string(struct json_object *to, const char *name, const char *value)
{
	struct json_object *o = json_object_new_string(value);

	return o != NULL && json_object_object_add(to, name, o) == 0;
}

/* The text of an object; "" only when memory is short. */
static const char *
json_text(struct json_object *o)
{
	const char *text =
	    json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN);

	return text == NULL ? "" : text;
}

/* Add what is to be in added; false when memory is short. */
static bool
add_member(struct api_input *in, const char *name, struct json_object *o)
{
	if (in->more == NULL)
		in->more = json_object_new_object();
	if (o == NULL || in->more == NULL ||
	    json_object_object_add(in->more, name, o) != 0) {
		json_object_put(o);
		return false;
	}
	in->added = json_text(in->more);
	return true;
}

static enum outcome
parse_query(struct api_input *in, const char *query, struct fault *fault)
{
	size_t length = strlen(query);

	if (length > REQUEST_QUERY_MAX)
		return json_body_refuse(fault, NULL, "The query is too long.");
	switch (
	    urlencoded_parse(&in->query, query, length, NULL, in->decoded)) {
	case URLENCODED_OK:
		return OUTCOME_NONE;
	case URLENCODED_REPEATED:
		return json_body_refuse(fault,
		    in->query.fields[in->query.count - 1].name,
		    "The parameter is given twice.");
	case URLENCODED_MALFORMED:
		break;
	}
	return json_body_refuse(fault, NULL, "The query is malformed.");
}

enum outcome
api_input_query(struct api_input *in, const struct request *request,
    const char *const *names, struct fault *fault)
{
	enum outcome o = parse_query(in, request->query, fault);

	if (o != OUTCOME_NONE)
		return o;
	in->tree = json_object_new_object();
	for (size_t i = 0; i < in->query.count; i++)
		if (in->tree == NULL ||
		    !add_string(in->tree, in->query.fields[i].name,
			in->query.fields[i].value))
			return OUTCOME_INTERNAL_ERROR;
	in->json = json_text(in->tree);
	in->added = EMPTY;
	return json_body_known(in->tree, names, NO_SUCH_NAME, fault);
}

/* Check the member url, if there is one, and add its canonical form. */
static enum outcome
add_canonical_url(struct api_input *in, const struct egress_policy *policy,
    struct fault *fault)
{
	char canonical[EGRESS_URL_MAX + 1];
	const char *url;
	enum outcome o;

	if (!json_object_object_get_ex(in->tree, "url", NULL))
		return OUTCOME_NONE;
	o = json_body_url(in->tree, policy, &url, canonical, fault);
	if (o != OUTCOME_NONE)
		return o;
	return add_member(in, "canonical_url",
		   json_object_new_string(canonical))
	    ? OUTCOME_NONE
	    : OUTCOME_INTERNAL_ERROR;
}

/* Take the member headers, if there is one, and add their names. */
static enum outcome
take_headers(struct api_input *in, struct request *request, struct fault *fault)
{
	struct json_object *names;
	enum outcome o =
	    headers_body_take(in->tree, &in->headers, &names, fault);

	headers_body_blank(request->body, request->body_length);
	if (o == OUTCOME_NONE && names != NULL &&
	    !add_member(in, "header_names", names))
		o = OUTCOME_INTERNAL_ERROR;
	return o;
}

enum outcome
api_input_body(struct api_input *in, struct request *request,
    const char *const *names, const struct egress_policy *policy,
    bool bare_is_empty, struct fault *fault)
{
	enum outcome o;

	in->json = EMPTY;
	in->added = EMPTY;
	if (bare_is_empty && request_is_bare(request))
		return OUTCOME_NONE;
	o = request_read(request);
	if (o == OUTCOME_NONE)
		o = json_body_parse(request->body, request->body_length,
		    &in->tree);
	if (o == OUTCOME_NONE)
		o = json_body_known(in->tree, names, NO_SUCH_NAME, fault);
	if (o != OUTCOME_NONE)
		return o;
	request->body[request->body_length] = '\0';
	in->json = request->body;
	o = take_headers(in, request, fault);
	return o == OUTCOME_NONE ? add_canonical_url(in, policy, fault) : o;
}

static bool
add_hex(struct json_object *to, const char *name, const unsigned char *bytes,
    size_t length)
{
	char hex[HEX_MAX + 1];

	sodium_bin2hex(hex, sizeof hex, bytes, length);
	return add_string(to, name, hex);
}

/* What was sealed, or NULL when memory is short. */
static struct json_object *
sealed_object(const unsigned char key_id[SEAL_KEY_ID_BYTES],
    const unsigned char ephemeral[SEAL_KEY_BYTES],
    const unsigned char nonce[SEAL_NONCE_BYTES], const unsigned char *box,
    size_t box_length)
{
	struct json_object *o = json_object_new_object();

	if (o != NULL && add_hex(o, "key_id", key_id, SEAL_KEY_ID_BYTES) &&
	    add_hex(o, "ephemeral", ephemeral, SEAL_KEY_BYTES) &&
	    add_hex(o, "nonce", nonce, SEAL_NONCE_BYTES) &&
	    add_hex(o, "box", box, box_length))
		return o;
	json_object_put(o);
	return NULL;
}

bool
api_input_seal(struct api_input *in, const struct sealed *s)
{
	return add_member(in, "sealed",
	    sealed_object(s->key_id, s->ephemeral, s->nonce, s->box,
		s->box_length));
}

bool
api_input_seal_headers(struct api_input *in, struct sealer *sealer)
{
	struct header_block *h = &in->headers;
	struct sealed_text s;
	bool ok;

	if (h->count == 0)
		return true;
	ok = sealer_seal_text(sealer, (struct text){ h->text, h->length }, &s);
	explicit_bzero(h, sizeof *h);
	return ok &&
	    add_member(in, "sealed_headers",
		sealed_object(s.key_id, s.ephemeral, s.nonce, s.box,
		    s.box_length));
}

bool
api_input_trace(struct api_input *in, const struct request *request)
{
	char text[TRACEPARENT_LENGTH + 1];
	struct traceparent trace;

	if (!request_trace(request, &trace))
		return true;
	traceparent_write(&trace, text);
	return add_member(in, "traceparent", json_object_new_string(text));
}

struct text
api_input_value(const struct api_input *in, const struct request *request,
    const char *name)
{
	struct json_object *value;
	const char *text;

	if (request->body_length > 0)
		return json_member(request->body, request->body_length, name);
	if (!json_object_object_get_ex(in->tree, name, &value))
		return (struct text){ NULL, 0 };
	text = json_object_to_json_string_ext(value,
	    JSON_C_TO_STRING_NOSLASHESCAPE);
	return (struct text){ text, text == NULL ? 0 : strlen(text) };
}

/* Append a value with all but unreserved characters as percent and hex. */
static size_t
append_encoded(char *to, size_t size, const char *value)
{
	static const char unreserved[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-._~";
	size_t n = 0;

	for (; *value != '\0' && n < size; value++)
		n += (size_t)snprintf(to + n, size - n,
		    strchr(unreserved, *value) != NULL ? "%c" : "%%%02X",
		    (unsigned char)*value);
	return n;
}

void
api_input_next(const struct api_input *in, const struct request *request,
    const char *cursor, char *link, size_t size)
{
	size_t n = (size_t)snprintf(link, size, "%.*s?",
	    (int)request->path.length, request->path.start);

	for (size_t i = 0; i < in->query.count && n < size; i++) {
		const struct urlencoded_field *f = &in->query.fields[i];

		if (strcmp(f->name, CURSOR) == 0)
			continue;
		n += (size_t)snprintf(link + n, size - n, "%s=", f->name);
		if (n < size)
			n += append_encoded(link + n, size - n, f->value);
		if (n < size)
			n += (size_t)snprintf(link + n, size - n, "&");
	}
	if (n < size)
		n += (size_t)snprintf(link + n, size - n, CURSOR "=");
	if (n < size)
		n += append_encoded(link + n, size - n, cursor);
	if (n >= size)
		*link = '\0';
}

void
api_input_clear(struct api_input *in)
{
	json_object_put(in->tree);
	json_object_put(in->more);
	in->tree = in->more = NULL;
	explicit_bzero(in->headers.text, in->headers.length);
}
