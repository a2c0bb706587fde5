/* response.c - every outcome has its status, code, headers and body. */
#include "responder/response.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>
#include <json-c/json.h>

#define WEBHOOK "019aa3b2-8a3c-7b1e-9c55-0b9f0a6f3d11"

static const struct {
	enum outcome outcome;
	int status;
	const char *code, *header;
} rows[] = {
	{ OUTCOME_REGISTERED, 201, "registered",
	    "\r\nLocation: /v1/webhooks/" WEBHOOK "\r\n" },
	{ OUTCOME_CREATED, 201, "created",
	    "\r\nLocation: /v1/webhooks/" WEBHOOK "\r\n" },
	{ OUTCOME_NONE, 500, "internal_error", "" },
	{ OUTCOME_OK, 200, "ok", "" },
	{ OUTCOME_ACCEPTED, 202, "accepted", "" },
	{ OUTCOME_ROTATED, 200, "rotated", "" },
	{ OUTCOME_REVOKED, 200, "revoked", "" },
	{ OUTCOME_NO_CONTENT, 204, "no_content", "" },
	{ OUTCOME_NOT_MODIFIED, 304, "not_modified", "" },
	{ OUTCOME_INVALID_JSON, 400, "invalid_json", "" },
	{ OUTCOME_INVALID_BODY, 400, "invalid_body", "" },
	{ OUTCOME_INVALID_PARAMETER, 400, "invalid_parameter", "" },
	{ OUTCOME_URL_NOT_ALLOWED, 400, "url_not_allowed", "" },
	{ OUTCOME_UNKNOWN_EVENT, 400, "unknown_event", "" },
	{ OUTCOME_WEBHOOK_LIMIT_REACHED, 400, "webhook_limit_reached", "" },
	{ OUTCOME_UNAUTHORIZED, 401, "unauthorized",
	    "\r\nWWW-Authenticate: Bearer realm=\"postern\"\r\n" },
	{ OUTCOME_INVALID_TOKEN, 401, "invalid_token",
	    "\r\nWWW-Authenticate: Bearer realm=\"postern\", "
	    "error=\"invalid_token\"\r\n" },
	{ OUTCOME_INSUFFICIENT_SCOPE, 403, "insufficient_scope",
	    "\r\nWWW-Authenticate: Bearer realm=\"postern\", "
	    "error=\"insufficient_scope\", scope=\"webhooks:write\"\r\n" },
	{ OUTCOME_NOT_FOUND, 404, "not_found", "" },
	{ OUTCOME_NO_SUCH, 404, "not_found", "" },
	{ OUTCOME_METHOD_NOT_ALLOWED, 405, "method_not_allowed",
	    "\r\nAllow: POST\r\n" },
	{ OUTCOME_CONFLICT, 409, "conflict", "" },
	{ OUTCOME_PRECONDITION_FAILED, 412, "precondition_failed", "" },
	{ OUTCOME_BODY_TOO_LARGE, 413, "too_large", "" },
	{ OUTCOME_IDEMPOTENCY_MISMATCH, 422, "idempotency_mismatch", "" },
	{ OUTCOME_UNSUPPORTED_MEDIA_TYPE, 415, "unsupported_media_type",
	    "\r\nAccept: application/json\r\n" },
	{ OUTCOME_NOT_A_FORM, 415, "unsupported_media_type",
	    "\r\nAccept: application/x-www-form-urlencoded\r\n" },
	{ OUTCOME_INVALID_REQUEST, 400, "invalid_request", "" },
	{ OUTCOME_INVALID_CLIENT, 401, "invalid_client",
	    "\r\nWWW-Authenticate: Basic realm=\"postern\"\r\n" },
	{ OUTCOME_INVALID_SCOPE, 400, "invalid_scope", "" },
	{ OUTCOME_UNSUPPORTED_GRANT_TYPE, 400, "unsupported_grant_type", "" },
	{ OUTCOME_RATE_LIMITED, 429, "rate_limited",
	    "\r\nRetry-After: 77\r\n" },
	{ OUTCOME_INTERNAL_ERROR, 500, "internal_error", "" },
	{ OUTCOME_OUTSIDE_WORKING_HOURS, 503, "outside_working_hours",
	    "\r\nRetry-After: 77\r\n" },
	{ OUTCOME_SERVICE_UNAVAILABLE, 503, "service_unavailable",
	    "\r\nRetry-After: 77\r\n" },
	{ OUTCOME_NOT_READY, 503, "not_ready", "\r\nRetry-After: 77\r\n" },
};

static struct response
response_of(enum outcome outcome)
{
	return (struct response){ .outcome = outcome,
		.retry_after = 77,
		.allow = "POST",
		.scope = "webhooks:write",
		.webhook = WEBHOOK,
		.body = "[1]" };
}

/* The body's object; the head's Content-Length must be the body's. */
static struct json_object *
body_of(const char *text, size_t length)
{
	const char *body = strstr(text, "\r\n\r\n");
	const char *said = strstr(text, "\r\nContent-Length: ");

	cr_assert_not_null(body);
	cr_assert_not_null(said);
	body += 4;
	cr_assert_eq(strtoul(said + 18, NULL, 10),
	    length - (size_t)(body - text));
	return json_tokener_parse(body);
}

static const char *
member(struct json_object *o, const char *name)
{
	struct json_object *value;

	return json_object_object_get_ex(o, name, &value)
	    ? json_object_to_json_string_ext(value,
		  JSON_C_TO_STRING_NOSLASHESCAPE)
	    : "";
}

Test(response, every_outcome_has_its_row)
{
	cr_assert_eq(sizeof rows / sizeof *rows, OUTCOME_COUNT);
	for (size_t i = 0; i < OUTCOME_COUNT; i++) {
		struct response r = response_of(rows[i].outcome);
		char text[RESPONSE_MAX], status[32];
		size_t n = response_write(&r, "id-1", text);

		cr_assert_eq(n, strlen(text));
		snprintf(status, sizeof status, "Status: %d ", rows[i].status);
		cr_assert_eq(strncmp(text, status, strlen(status)), 0);
		cr_assert_str_eq(response_code(rows[i].outcome), rows[i].code);
		cr_assert_eq(response_status(rows[i].outcome), rows[i].status);
		cr_assert_not_null(strstr(text, rows[i].header), "%s", text);
		cr_assert_not_null(strstr(text, "\r\nX-Request-Id: id-1\r\n"));
		cr_assert_not_null(
		    strstr(text, "\r\nCache-Control: no-store\r\n"));
		if (rows[i].status == 204 || rows[i].status == 304 ||
		    rows[i].outcome == OUTCOME_REVOKED) {
			cr_assert_null(strstr(text, "Content-"));
			cr_assert_str_eq(text + n - 4, "\r\n\r\n");
			continue;
		}
		cr_assert_not_null(
		    strstr(text, "\r\nContent-Type: application/json\r\n"));
		if (response_body(&r) == NULL)
			json_object_put(body_of(text, n));
	}
}

Test(response, the_key_of_what_is_created_is_its_first_member)
{
	struct response r = response_of(OUTCOME_CREATED);
	char text[RESPONSE_MAX], whole[RESPONSE_MAX + 64];
	struct json_object *o;
	size_t n;

	r.body = "{\"id\":\"x\"}";
	n = response_write(&r, "id", text);
	snprintf(whole, sizeof whole, "%s%s\n", text, response_body(&r));
	o = body_of(whole, strlen(whole));
	cr_assert_gt(strlen(whole), n);
	cr_assert_str_eq(member(o, "id"), "\"x\"");
	cr_assert_eq(strlen(member(o, "apiSecretKey")), SECRET_TEXT_LENGTH + 2);
	json_object_put(o);
}

Test(response, a_body_comes_behind)
{
	struct response r = response_of(OUTCOME_OK);
	char text[RESPONSE_MAX];
	size_t n;

	r.cache = CACHE_CLIENT;
	r.etag = "0a1b";
	strcpy(r.link, "/v1/x?cursor=y");
	n = response_write(&r, "id", text);
	cr_assert_str_eq(response_body(&r), "[1]");
	cr_assert_str_eq(text + n - 4, "\r\n\r\n");
	cr_assert_not_null(strstr(text, "\r\nContent-Length: 4\r\n"));
	cr_assert_not_null(
	    strstr(text, "\r\nCache-Control: private, no-cache\r\n"));
	cr_assert_not_null(strstr(text, "\r\nETag: \"0a1b\"\r\n"));
	cr_assert_not_null(
	    strstr(text, "\r\nLink: </v1/x?cursor=y>; rel=\"next\"\r\n"));
	r = response_of(OUTCOME_NOT_FOUND);
	cr_assert_null(response_body(&r));
}

/* Whatever an answer holds fits. */
Test(response, the_longest_fits)
{
	struct response r = response_of(OUTCOME_REGISTERED);
	char text[RESPONSE_MAX];

	for (r.outcome = 0; r.outcome < OUTCOME_COUNT; r.outcome++) {
		memset(r.parameter, 1, RESPONSE_ECHO_MAX);
		memset(r.value, '1', RESPONSE_ECHO_MAX);
		memset(r.link, 'x', RESPONSE_LINK_MAX);
		r.etag = "0123456789abcdef0123456789abcdef";
		cr_assert_eq(response_write(&r, "id", text), strlen(text));
	}
}

Test(response, errors_of_oauth_are_as_rfc_6749_has_them)
{
	struct response r = response_of(OUTCOME_INVALID_REQUEST);
	char text[RESPONSE_MAX];
	struct json_object *o;

	r.text = "grant_type is missing.";
	o = body_of(text, response_write(&r, "id", text));
	cr_assert_eq(json_object_object_length(o), 2);
	cr_assert_str_eq(member(o, "error"), "\"invalid_request\"");
	cr_assert_str_eq(member(o, "error_description"),
	    "\"grant_type is missing.\"");
	json_object_put(o);
}

Test(response, registered_has_two_members)
{
	struct response r = response_of(OUTCOME_REGISTERED);
	char text[RESPONSE_MAX];
	struct json_object *o;

	memset(r.secret, 0xff, sizeof r.secret);
	o = body_of(text, response_write(&r, "id", text));
	cr_assert_eq(json_object_object_length(o), 2);
	cr_assert_str_eq(member(o, "apiSecretKey"),
	    "\"whsec_"
	    "//////////////////////////////////////////8=\"");
	cr_assert_str_eq(member(o, "message"),
	    "\"Webhook registered successfully.\"");
	json_object_put(o);
}

Test(response, errors_echo_the_value_as_it_came)
{
	struct response r = response_of(OUTCOME_INVALID_PARAMETER);
	char text[RESPONSE_MAX];
	struct json_object *o;

	response_set_parameter(&r, "a\"b\x01\xc3\xa9",
	    (struct text){ "[1e400,2.50]tail", 12 });
	o = body_of(text, response_write(&r, "id-2", text));
	cr_assert_not_null(strstr(text, "\"parameter_value\":[1e400,2.50]}"));
	cr_assert_str_eq(member(o, "parameter_name"),
	    "\"a\\\"b\\u0001\xc3\xa9\"");
	cr_assert_str_eq(member(o, "errorId"), "\"id-2\"");
	cr_assert_eq(json_object_object_length(o), 5);
	json_object_put(o);
}

Test(response, what_is_too_long_is_left_out)
{
	struct response r = response_of(OUTCOME_INVALID_PARAMETER);
	char text[RESPONSE_MAX], name[RESPONSE_ECHO_MAX + 2];

	memset(name, 1, sizeof name - 1);
	name[sizeof name - 1] = '\0';
	response_set_parameter(&r, "url",
	    (struct text){ name, RESPONSE_ECHO_MAX + 1 });
	response_write(&r, "id", text);
	cr_assert_null(strstr(text, "parameter_value"));
	cr_assert_not_null(strstr(text, "\"parameter_name\":\"url\""));
	r = response_of(OUTCOME_INVALID_PARAMETER);
	response_set_parameter(&r, name, (struct text){ "1", 1 });
	response_write(&r, "id", text);
	cr_assert_null(strstr(text, "parameter_name"));
	r = response_of(OUTCOME_INVALID_PARAMETER);
	response_set_parameter(&r, "", (struct text){ "1", 1 });
	response_write(&r, "id", text);
	cr_assert_null(strstr(text, "parameter_"));
	name[RESPONSE_ECHO_MAX] = '\0';
	response_set_parameter(&r, name, (struct text){ NULL, 0 });
	json_object_put(body_of(text, response_write(&r, "id", text)));
	cr_assert_not_null(strstr(text, "\"parameter_name\":\"\\u0001"));
}

Test(response, a_plain_string_is_quoted)
{
	struct response r = response_of(OUTCOME_UNKNOWN_EVENT);
	char text[RESPONSE_MAX];

	response_set_parameter_text(&r, "events", "no\"such/\n");
	response_write(&r, "id", text);
	cr_assert_not_null(
	    strstr(text, "\"parameter_value\":\"no\\\"such/\\n\"}"));
}
