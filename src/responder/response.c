/* response.c - from an outcome to status, headers and body. */
#include "responder/response.h"

#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#define HEADERS_MAX 1536
#define BODY_MAX (RESPONSE_MAX - 512 - HEADERS_MAX)
#define NAME_JSON_MAX (6 * RESPONSE_ECHO_MAX + 3)
#define CHALLENGE "WWW-Authenticate: Bearer realm=\"postern\""

enum extra { NOTHING, ALLOW, RETRY_AFTER, SCOPE, LOCATION };
enum shape { ERROR, OAUTH_ERROR, SECRET, BODY, SECRET_AND_BODY, EMPTY };

static const struct {
	int status;
	const char *reason, *code, *text;
	const char *header; /* always the same, or NULL */
	enum extra extra;   /* one with a value of its own */
} responses[OUTCOME_COUNT] = {
	[OUTCOME_REGISTERED] = { 201, "Created", "registered",
	    "Webhook registered successfully.", NULL, LOCATION },
	/* a handler that leaves it so has not set a response */
	[OUTCOME_NONE] = { 500, "Internal Server Error", "internal_error",
	    "Internal server error.", NULL, NOTHING },
	[OUTCOME_OK] = { 200, "OK", "ok", "", NULL, NOTHING },
	[OUTCOME_ACCEPTED] = { 202, "Accepted", "accepted", "", NULL, NOTHING },
	[OUTCOME_CREATED] = { 201, "Created", "created", "", NULL, LOCATION },
	[OUTCOME_ROTATED] = { 200, "OK", "rotated",
	    "Webhook secret rotated successfully.", NULL, NOTHING },
	[OUTCOME_REVOKED] = { 200, "OK", "revoked", "", NULL, NOTHING },
	[OUTCOME_NO_CONTENT] = { 204, "No Content", "no_content", "", NULL,
	    NOTHING },
	[OUTCOME_NOT_MODIFIED] = { 304, "Not Modified", "not_modified", "",
	    NULL, NOTHING },
	[OUTCOME_INVALID_JSON] = { 400, "Bad Request", "invalid_json",
	    "The body is not valid JSON.", NULL, NOTHING },
	[OUTCOME_INVALID_BODY] = { 400, "Bad Request", "invalid_body",
	    "The body must be a JSON object.", NULL, NOTHING },
	[OUTCOME_INVALID_PARAMETER] = { 400, "Bad Request", "invalid_parameter",
	    "A parameter is invalid.", NULL, NOTHING },
	[OUTCOME_URL_NOT_ALLOWED] = { 400, "Bad Request", "url_not_allowed",
	    "url must point to a public address.", NULL, NOTHING },
	[OUTCOME_UNKNOWN_EVENT] = { 400, "Bad Request", "unknown_event",
	    "There is no such event.", NULL, NOTHING },
	[OUTCOME_WEBHOOK_LIMIT_REACHED] = { 400, "Bad Request",
	    "webhook_limit_reached",
	    "The account has reached its limit of webhooks; those deleted "
	    "count for a day.",
	    NULL, NOTHING },
	[OUTCOME_UNAUTHORIZED] = { 401, "Unauthorized", "unauthorized",
	    "An access token is required.", CHALLENGE "\r\n", NOTHING },
	[OUTCOME_INVALID_TOKEN] = { 401, "Unauthorized", "invalid_token",
	    "The access token is invalid or has expired.",
	    CHALLENGE ", error=\"invalid_token\"\r\n", NOTHING },
	[OUTCOME_INSUFFICIENT_SCOPE] = { 403, "Forbidden", "insufficient_scope",
	    "The access token does not have the required scope.", NULL, SCOPE },
	[OUTCOME_NOT_FOUND] = { 404, "Not Found", "not_found",
	    "There is no such path.", NULL, NOTHING },
	[OUTCOME_NO_SUCH] = { 404, "Not Found", "not_found",
	    "There is no such webhook or delivery.", NULL, NOTHING },
	[OUTCOME_METHOD_NOT_ALLOWED] = { 405, "Method Not Allowed",
	    "method_not_allowed", "The path does not support this method.",
	    NULL, ALLOW },
	[OUTCOME_CONFLICT] = { 409, "Conflict", "conflict",
	    "The request conflicts with the current state of the resource.",
	    NULL, NOTHING },
	[OUTCOME_PRECONDITION_FAILED] = { 412, "Precondition Failed",
	    "precondition_failed",
	    "The resource has changed: If-Match is not its current ETag.", NULL,
	    NOTHING },
	[OUTCOME_BODY_TOO_LARGE] = { 413, "Content Too Large", "too_large",
	    "The body is larger than 16 KiB.", NULL, NOTHING },
	[OUTCOME_IDEMPOTENCY_MISMATCH] = { 422, "Unprocessable Content",
	    "idempotency_mismatch",
	    "The idempotency key was used before, with another body.", NULL,
	    NOTHING },
	[OUTCOME_UNSUPPORTED_MEDIA_TYPE] = { 415, "Unsupported Media Type",
	    "unsupported_media_type",
	    "The body must be application/json in UTF-8, without "
	    "Content-Encoding.",
	    "Accept: application/json\r\n", NOTHING },
	[OUTCOME_NOT_A_FORM] = { 415, "Unsupported Media Type",
	    "unsupported_media_type",
	    "The body must be "
	    "application/x-www-form-urlencoded, without Content-Encoding.",
	    "Accept: application/x-www-form-urlencoded\r\n", NOTHING },
	[OUTCOME_INVALID_REQUEST] = { 400, "Bad Request", "invalid_request",
	    "The body is not a valid form.", NULL, NOTHING },
	[OUTCOME_INVALID_CLIENT] = { 401, "Unauthorized", "invalid_client",
	    "Unknown client or wrong secret.",
	    "WWW-Authenticate: Basic realm=\"postern\"\r\n", NOTHING },
	[OUTCOME_INVALID_SCOPE] = { 400, "Bad Request", "invalid_scope",
	    "The client may not have this scope.", NULL, NOTHING },
	[OUTCOME_UNSUPPORTED_GRANT_TYPE] = { 400, "Bad Request",
	    "unsupported_grant_type", "grant_type must be client_credentials.",
	    NULL, NOTHING },
	[OUTCOME_RATE_LIMITED] = { 429, "Too Many Requests", "rate_limited",
	    "The account makes too many requests. Try again in a moment.", NULL,
	    RETRY_AFTER },
	[OUTCOME_INTERNAL_ERROR] = { 500, "Internal Server Error",
	    "internal_error", "Internal server error.", NULL, NOTHING },
	[OUTCOME_OUTSIDE_WORKING_HOURS] = { 503, "Service Unavailable",
	    "outside_working_hours",
	    "The service is closed. Please try again later.", NULL,
	    RETRY_AFTER },
	[OUTCOME_SERVICE_UNAVAILABLE] = { 503, "Service Unavailable",
	    "service_unavailable",
	    "The service is unavailable. Please try again later.", NULL,
	    RETRY_AFTER },
	[OUTCOME_NOT_READY] = { 503, "Service Unavailable", "not_ready", "",
	    NULL, RETRY_AFTER },
};

/* An outcome that is not here is an error. */
static const enum shape shapes[OUTCOME_COUNT] = {
	[OUTCOME_REGISTERED] = SECRET,
	[OUTCOME_OK] = BODY,
	[OUTCOME_ACCEPTED] = BODY,
	[OUTCOME_CREATED] = SECRET_AND_BODY,
	[OUTCOME_NOT_READY] = BODY,
	[OUTCOME_ROTATED] = SECRET,
	[OUTCOME_REVOKED] = EMPTY,
	[OUTCOME_NO_CONTENT] = EMPTY,
	[OUTCOME_NOT_MODIFIED] = EMPTY,
	[OUTCOME_INVALID_REQUEST] = OAUTH_ERROR,
	[OUTCOME_INVALID_CLIENT] = OAUTH_ERROR,
	[OUTCOME_INVALID_SCOPE] = OAUTH_ERROR,
	[OUTCOME_UNSUPPORTED_GRANT_TYPE] = OAUTH_ERROR,
};

static const char *const caches[] = {
	[CACHE_NOBODY] = "no-store",
	[CACHE_CLIENT] = "private, no-cache",
	[CACHE_ANYBODY] = "public, max-age=300",
};

const char *
response_code(enum outcome outcome)
{
	return responses[outcome].code;
}

int
response_status(enum outcome outcome)
{
	return responses[outcome].status;
}

void
response_say(struct response *r, const char *text)
{
	r->text = NULL;
	if (text == NULL)
		return;
	snprintf(r->said, sizeof r->said, "%s", text);
	r->text = r->said;
}

void
response_set_parameter(struct response *r, const char *name, struct text value)
{
	if (*name == '\0' || strlen(name) > RESPONSE_ECHO_MAX)
		return;
	snprintf(r->parameter, sizeof r->parameter, "%s", name);
	if (value.start != NULL && value.length <= RESPONSE_ECHO_MAX)
		snprintf(r->value, sizeof r->value, "%.*s", (int)value.length,
		    value.start);
}

/* text as a JSON string, or "" when it does not fit or memory is short. */
static void
quote_json(char *to, size_t size, const char *text)
{
	struct json_object *o = json_object_new_string(text);
	const char *json = o == NULL
	    ? NULL
	    : json_object_to_json_string_ext(o, JSON_C_TO_STRING_NOSLASHESCAPE);

	if (json == NULL || strlen(json) >= size)
		json = "";
	snprintf(to, size, "%s", json);
	json_object_put(o);
}

void
response_set_parameter_text(struct response *r, const char *name,
    const char *value)
{
	char json[RESPONSE_ECHO_MAX + 1];

	quote_json(json, sizeof json, value);
	response_set_parameter(r, name, (struct text){ json, strlen(json) });
}

static const char *
text_or_default(const struct response *r)
{
	return r->text != NULL ? r->text : responses[r->outcome].text;
}

static int
write_error(const struct response *r, const char *request_id,
    char body[BODY_MAX])
{
	char name[NAME_JSON_MAX] = "";

	if (*r->parameter != '\0')
		quote_json(name, sizeof name, r->parameter);
	return snprintf(body, BODY_MAX,
	    "{\"errorId\":\"%s\",\"code\":\"%s\",\"text\":\"%s\"%s%s%s%s}\n",
	    request_id, response_code(r->outcome), text_or_default(r),
	    *name != '\0' ? ",\"parameter_name\":" : "", name,
	    *r->value != '\0' ? ",\"parameter_value\":" : "", r->value);
}

/* RFC 6749, section 5.2. */
static int
write_oauth_error(const struct response *r, char body[BODY_MAX])
{
	return snprintf(body, BODY_MAX,
	    "{\"error\":\"%s\",\"error_description\":\"%s\"}\n",
	    response_code(r->outcome), text_or_default(r));
}

static int
write_secret(const struct response *r, char body[BODY_MAX])
{
	char key[SECRET_TEXT_LENGTH + 1];
	int n;

	secret_text(r->secret, key);
	n = snprintf(body, BODY_MAX,
	    "{\"message\":\"%s\",\"apiSecretKey\":\"%s\"}\n",
	    responses[r->outcome].text, key);
	explicit_bzero(key, sizeof key);
	return n;
}

/* The secret is the first member of the body's object. */
static size_t
write_created(const struct response *r, char body[BODY_MAX])
{
	const char *object = response_body(r);
	char key[SECRET_TEXT_LENGTH + 1];
	int n;

	secret_text(r->secret, key);
	n = snprintf(body, BODY_MAX, "{\"apiSecretKey\":\"%s\",", key);
	explicit_bzero(key, sizeof key);
	return (size_t)n + (object == NULL ? 0 : strlen(object) + 1);
}

static size_t
write_extra(const struct response *r, char headers[HEADERS_MAX])
{
	int n = 0;

	switch (responses[r->outcome].extra) {
	case ALLOW:
		n = snprintf(headers, HEADERS_MAX, "Allow: %s\r\n", r->allow);
		break;
	case RETRY_AFTER:
		n = snprintf(headers, HEADERS_MAX, "Retry-After: %u\r\n",
		    r->retry_after);
		break;
	case SCOPE:
		n = snprintf(headers, HEADERS_MAX,
		    CHALLENGE ", error=\"%s\", "
			      "scope=\"%s\"\r\n",
		    response_code(r->outcome), r->scope);
		break;
	case LOCATION:
		n = snprintf(headers, HEADERS_MAX,
		    "Location: /v1/webhooks/%s\r\n", r->webhook);
		break;
	case NOTHING:
		break;
	}
	return (size_t)n;
}

/* Headers that not every response of an outcome has. */
static void
write_headers(const struct response *r, char headers[HEADERS_MAX])
{
	size_t n = write_extra(r, headers);

	if (r->etag != NULL)
		n += (size_t)snprintf(headers + n, HEADERS_MAX - n,
		    "ETag: \"%s\"\r\n", r->etag);
	if (*r->link != '\0')
		n += (size_t)snprintf(headers + n, HEADERS_MAX - n,
		    "Link: <%s>; rel=\"next\"\r\n", r->link);
	headers[n] = '\0';
}

const char *
response_body(const struct response *r)
{
	if (shapes[r->outcome] == SECRET_AND_BODY)
		return r->body + 1;
	return shapes[r->outcome] == BODY ? r->body : NULL;
}

/* The body, or "" when it is empty or not ours to write; its length. */
static size_t
write_body(const struct response *r, const char *request_id,
    char body[BODY_MAX])
{
	*body = '\0';
	switch (shapes[r->outcome]) {
	case ERROR:
		return (size_t)write_error(r, request_id, body);
	case OAUTH_ERROR:
		return (size_t)write_oauth_error(r, body);
	case SECRET:
		return (size_t)write_secret(r, body);
	case BODY:
		return strlen(r->body) + 1;
	case SECRET_AND_BODY:
		return write_created(r, body);
	case EMPTY:
		break;
	}
	return 0;
}

size_t
response_write(const struct response *r, const char *request_id,
    char text[RESPONSE_MAX])
{
	const char *fixed = responses[r->outcome].header;
	char body[BODY_MAX], headers[HEADERS_MAX], about[160] = "";
	size_t length = write_body(r, request_id, body);
	int n;

	if (length > 0)
		snprintf(about, sizeof about,
		    "Content-Type: %s\r\n"
		    "Content-Length: %zu\r\n",
		    r->media_type == NULL ? "application/json" : r->media_type,
		    length);
	write_headers(r, headers);
	n = snprintf(text, RESPONSE_MAX,
	    "Status: %d %s\r\n"
	    "%s"
	    "X-Request-Id: %s\r\n"
	    "Cache-Control: %s\r\n"
	    "%s%s\r\n%s",
	    responses[r->outcome].status, responses[r->outcome].reason, about,
	    request_id, caches[r->cache], fixed == NULL ? "" : fixed, headers,
	    r->head_only ? "" : body);
	explicit_bzero(body, strlen(body));
	return (size_t)n;
}
