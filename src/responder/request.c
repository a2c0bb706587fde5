/* request.c - one HTTP request: path, headers, credentials, bounded body. */
#include "responder/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "responder/media_type.h"

const char *
request_header(const struct request *request, const char *name)
{
	const char *value = transport_param(request->transport, name);

	return value == NULL ? "" : value;
}

bool
request_trace(const struct request *request, struct traceparent *trace)
{
	const char *given = request_header(request, "HTTP_TRACEPARENT");

	return traceparent_parse((struct text){ given, strlen(given) }, trace);
}

static void
set_request_id(struct request *request)
{
	unsigned char id[ID_BYTES];
	const char *given = request_header(request, "REQUEST_ID");

	if (*given == '\0')
		given = request_header(request, "UNIQUE_ID");
	if (id_valid(given)) {
		snprintf(request->id, sizeof request->id, "%s", given);
		return;
	}
	id_make(id);
	id_text(id, request->id);
}

void
request_open(struct request *request, struct transport *t)
{
	request->transport = t;
	request->body_length = 0;
	request->visit = (struct visit){ .inside = false };
	request->method = request_header(request, "REQUEST_METHOD");
	request->path.start = request_header(request, "REQUEST_URI");
	request->path.length = strcspn(request->path.start, "?");
	request->query = request->path.start + request->path.length;
	if (*request->query == '?')
		request->query++;
	set_request_id(request);
}

void
request_clear(struct request *request)
{
	explicit_bzero(request->body, request->body_length);
	request->body_length = 0;
}

enum outcome
request_token(const struct request *request,
    unsigned char hash[CREDENTIAL_HASH_BYTES])
{
	static const char scheme[] = "Bearer";
	const char *value = request_header(request, "HTTP_AUTHORIZATION");
	size_t n = strlen(scheme);

	if (strncasecmp(value, scheme, n) != 0 ||
	    (value[n] != ' ' && value[n] != '\0'))
		return OUTCOME_UNAUTHORIZED;
	value += n + strspn(value + n, " ");
	return credential_hash_token(value, strlen(value), hash)
	    ? OUTCOME_NONE
	    : OUTCOME_INVALID_TOKEN;
}

static bool
has_type(const struct request *request, const char *type)
{
	return *request_header(request, "HTTP_CONTENT_ENCODING") == '\0' &&
	    media_type_is(request_header(request, "CONTENT_TYPE"), type);
}

/*
 * How much to read: Content-Length, or, when the web server passes a chunked
 * body on as it comes, all there is. False: more than we take.
 */
static bool
body_size(const struct request *request, size_t max, size_t *size, bool *exact)
{
	const char *length = request_header(request, "CONTENT_LENGTH");
	char *end;
	unsigned long long n;

	*exact = *length != '\0';
	*size =
	    *exact || *request_header(request, "HTTP_TRANSFER_ENCODING") == '\0'
	    ? 0
	    : max + 1;
	if (!*exact)
		return true;
	n = strtoull(length, &end, 10);
	if (*end != '\0' || strspn(length, "0123456789") != strlen(length) ||
	    n > max)
		return false;
	*size = (size_t)n;
	return true;
}

bool
request_is_bare(const struct request *request)
{
	const char *length = request_header(request, "CONTENT_LENGTH");

	return (*length == '\0' || strcmp(length, "0") == 0) &&
	    *request_header(request, "HTTP_TRANSFER_ENCODING") == '\0';
}

/* What body_size has found, into a buffer of that size. */
static enum outcome
read_bytes(const struct request *request, char *to, size_t size, bool exact,
    size_t max, size_t *length)
{
	ssize_t got = transport_read(request->transport, to, size);

	if (got == -1)
		return OUTCOME_INVALID_JSON;
	*length = (size_t)got;
	if (*length > max)
		return OUTCOME_BODY_TOO_LARGE;
	return exact && *length < size ? OUTCOME_INVALID_JSON : OUTCOME_NONE;
}

static enum outcome
read_body(struct request *request)
{
	size_t size;
	bool exact;

	if (!body_size(request, REQUEST_BODY_MAX, &size, &exact))
		return OUTCOME_BODY_TOO_LARGE;
	return read_bytes(request, request->body, size, exact, REQUEST_BODY_MAX,
	    &request->body_length);
}

enum outcome
request_read(struct request *request)
{
	return has_type(request, "application/json")
	    ? read_body(request)
	    : OUTCOME_UNSUPPORTED_MEDIA_TYPE;
}

enum outcome
request_read_large(const struct request *request, size_t max, char **body,
    size_t *length)
{
	size_t size;
	bool exact;

	if (!has_type(request, "application/json"))
		return OUTCOME_UNSUPPORTED_MEDIA_TYPE;
	if (!body_size(request, max, &size, &exact))
		return OUTCOME_BODY_TOO_LARGE;
	*body = malloc(size + 1);
	if (*body == NULL)
		return OUTCOME_SERVICE_UNAVAILABLE;
	return read_bytes(request, *body, size, exact, max, length);
}

enum outcome
request_read_form(struct request *request)
{
	enum outcome o = OUTCOME_NOT_A_FORM;

	if (has_type(request, "application/x-www-form-urlencoded"))
		o = read_body(request);
	return o == OUTCOME_INVALID_JSON ? OUTCOME_INVALID_REQUEST : o;
}
