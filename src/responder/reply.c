/* reply.c - an outcome to status, headers and body. */
#include "responder/reply.h"

#include <stdio.h>
#include <string.h>

#include <json-c/json.h>

#define HEADERS_MAX 256
#define BODY_MAX (REPLY_MAX - 1024)
#define NAME_JSON_MAX (6 * REPLY_ECHO_MAX + 3)
#define CHALLENGE "WWW-Authenticate: Bearer realm=\"postern\""

enum extra { NOTHING, ALLOW, RETRY_AFTER };

static const struct {
	int status;
	const char *reason, *code, *text;
	const char *header;		/* always the same, or NULL */
	enum extra extra;		/* one with a value of its own */
} replies[OUTCOME_COUNT] = {
	[OUTCOME_REGISTERED] = { 201, "Created", "registered",
	    "Webhook registered successfully.", NULL, NOTHING },
	/* a handler that stops at admission has not answered */
	[OUTCOME_ADMITTED] = { 500, "Internal Server Error", "internal_error",
	    "Internal server error.", NULL, NOTHING },
	[OUTCOME_INVALID_JSON] = { 400, "Bad Request", "invalid_json",
	    "The body is not valid JSON.", NULL, NOTHING },
	[OUTCOME_INVALID_BODY] = { 400, "Bad Request", "invalid_body",
	    "The body must be a JSON object.", NULL, NOTHING },
	[OUTCOME_INVALID_PARAMETER] = { 400, "Bad Request",
	    "invalid_parameter", "A parameter is invalid.", NULL, NOTHING },
	[OUTCOME_URL_NOT_ALLOWED] = { 400, "Bad Request", "url_not_allowed",
	    "url must point to a public address.", NULL, NOTHING },
	[OUTCOME_UNKNOWN_EVENT] = { 400, "Bad Request", "unknown_event",
	    "There is no such event.", NULL, NOTHING },
	[OUTCOME_WEBHOOK_LIMIT_REACHED] = { 400, "Bad Request",
	    "webhook_limit_reached",
	    "The account has as many webhooks as it may have.", NULL,
	    NOTHING },
	[OUTCOME_UNAUTHORIZED] = { 401, "Unauthorized", "unauthorized",
	    "An access token is required.", CHALLENGE "\r\n", NOTHING },
	[OUTCOME_INVALID_TOKEN] = { 401, "Unauthorized", "invalid_token",
	    "The access token is invalid or has expired.",
	    CHALLENGE ", error=\"invalid_token\"\r\n", NOTHING },
	[OUTCOME_NOT_FOUND] = { 404, "Not Found", "not_found",
	    "There is no such path.", NULL, NOTHING },
	[OUTCOME_METHOD_NOT_ALLOWED] = { 405, "Method Not Allowed",
	    "method_not_allowed", "The path does not know this method.", NULL,
	    ALLOW },
	[OUTCOME_BODY_TOO_LARGE] = { 413, "Content Too Large", "too_large",
	    "The body is larger than 16 KiB.", NULL, NOTHING },
	[OUTCOME_UNSUPPORTED_MEDIA_TYPE] = { 415, "Unsupported Media Type",
	    "unsupported_media_type",
	    "The body must be application/json in UTF-8, not encoded.",
	    "Accept: application/json\r\n", NOTHING },
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
};

const char *
reply_code(enum outcome outcome)
{
	return replies[outcome].code;
}

int
reply_status(enum outcome outcome)
{
	return replies[outcome].status;
}

void
answer_parameter(struct answer *a, const char *name, struct json_span value)
{
	if (strlen(name) > REPLY_ECHO_MAX)
		return;
	snprintf(a->parameter, sizeof a->parameter, "%s", name);
	if (value.start != NULL && value.length <= REPLY_ECHO_MAX)
		snprintf(a->value, sizeof a->value, "%.*s", (int)value.length,
		    value.start);
}

/* text as a JSON string, or "" when it does not fit or memory is short. */
static void
quote(char *to, size_t size, const char *text)
{
	struct json_object *o = json_object_new_string(text);
	const char *json = o == NULL ? NULL :
	    json_object_to_json_string_ext(o, JSON_C_TO_STRING_NOSLASHESCAPE);

	if (json == NULL || strlen(json) >= size)
		json = "";
	snprintf(to, size, "%s", json);
	json_object_put(o);
}

void
answer_string(struct answer *a, const char *name, const char *value)
{
	char json[REPLY_ECHO_MAX + 1];

	quote(json, sizeof json, value);
	answer_parameter(a, name, (struct json_span){ json, strlen(json) });
}

static int
write_error(const struct answer *a, const char *request_id,
    char body[BODY_MAX])
{
	char name[NAME_JSON_MAX] = "";
	const char *text = a->text != NULL ? a->text :
	    replies[a->outcome].text;

	if (*a->parameter != '\0')
		quote(name, sizeof name, a->parameter);
	return snprintf(body, BODY_MAX,
	    "{\"errorId\":\"%s\",\"code\":\"%s\",\"text\":\"%s\"%s%s%s%s}\n",
	    request_id, reply_code(a->outcome), text,
	    *name != '\0' ? ",\"parameter_name\":" : "", name,
	    *a->value != '\0' ? ",\"parameter_value\":" : "", a->value);
}

static int
write_registered(const struct answer *a, char body[BODY_MAX])
{
	char key[SECRET_TEXT_LENGTH + 1];
	int n;

	secret_text(a->secret, key);
	n = snprintf(body, BODY_MAX,
	    "{\"message\":\"%s\",\"apiSecretKey\":\"%s\"}\n",
	    replies[OUTCOME_REGISTERED].text, key);
	explicit_bzero(key, sizeof key);
	return n;
}

static void
write_extra(const struct answer *a, char header[HEADERS_MAX])
{
	switch (replies[a->outcome].extra) {
	case ALLOW:
		snprintf(header, HEADERS_MAX, "Allow: %s\r\n", a->allow);
		break;
	case RETRY_AFTER:
		snprintf(header, HEADERS_MAX, "Retry-After: %u\r\n",
		    a->retry_after);
		break;
	case NOTHING:
		*header = '\0';
		break;
	}
}

size_t
reply_write(const struct answer *a, const char *request_id,
    char text[REPLY_MAX])
{
	const char *fixed = replies[a->outcome].header;
	char body[BODY_MAX], extra[HEADERS_MAX];
	int length, n;

	length = a->outcome == OUTCOME_REGISTERED ?
	    write_registered(a, body) : write_error(a, request_id, body);
	write_extra(a, extra);
	n = snprintf(text, REPLY_MAX,
	    "Status: %d %s\r\n"
	    "Content-Type: application/json\r\n"
	    "Content-Length: %d\r\n"
	    "X-Request-Id: %s\r\n"
	    "Cache-Control: no-store\r\n"
	    "%s%s\r\n%s",
	    replies[a->outcome].status, replies[a->outcome].reason, length,
	    request_id, fixed == NULL ? "" : fixed, extra, body);
	explicit_bzero(body, (size_t)length);
	return (size_t)n;
}
