/* request.c - headers are judged as CGI hands them over. */
#include "responder/request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#define TOKEN "pst_GV9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ7q0N9dBa"

static struct transport *transport;
static struct request request;

/* One request of a CGI program; a NULL value takes the variable away. */
static void
open_with(const char *name, const char *value)
{
	setenv("GATEWAY_INTERFACE", "CGI/1.1", 1);
	setenv("REQUEST_METHOD", "POST", 1);
	setenv("REQUEST_URI", "/v1/x%2e?query", 1);
	setenv("CONTENT_TYPE", "application/json", 1);
	if (value == NULL)
		unsetenv(name);
	else
		setenv(name, value, 1);
	cr_assert_eq(transport_start(), TRANSPORT_CGI);
	transport = transport_open(-1);
	cr_assert(transport_accept(transport));
	request_open(&request, transport);
}

static void
close_it(void)
{
	request_clear(&request);
	transport_finish(transport);
	cr_assert_not(transport_accept(transport));
	transport_close(transport);
}

/* What request_read reads as descriptor 0. */
static void
give_body(const char *text, size_t length)
{
	FILE *f = tmpfile();

	cr_assert_not_null(f);
	fwrite(text, 1, length, f);
	fflush(f);
	lseek(fileno(f), 0, SEEK_SET);
	cr_assert_eq(dup2(fileno(f), STDIN_FILENO), STDIN_FILENO);
}

Test(request, credentials)
{
	static const struct {
		const char *value;
		enum outcome outcome;
	} cases[] = {
		{ NULL, OUTCOME_UNAUTHORIZED },
		{ "", OUTCOME_UNAUTHORIZED },
		{ "Basic eDp5", OUTCOME_UNAUTHORIZED },
		{ "Bearers " TOKEN, OUTCOME_UNAUTHORIZED },
		{ TOKEN, OUTCOME_UNAUTHORIZED },
		{ "Bearer", OUTCOME_INVALID_TOKEN },
		{ "Bearer ", OUTCOME_INVALID_TOKEN },
		{ "Bearer x", OUTCOME_INVALID_TOKEN },
		{ "Bearer " TOKEN "x", OUTCOME_INVALID_TOKEN },
		{ "Bearer " TOKEN " ", OUTCOME_INVALID_TOKEN },
		{ "Bearer " TOKEN " " TOKEN, OUTCOME_INVALID_TOKEN },
		{ "Bearer " TOKEN ", Bearer " TOKEN, OUTCOME_INVALID_TOKEN },
		{ "Bearer\t" TOKEN, OUTCOME_UNAUTHORIZED },
		{ "Bearer " TOKEN, OUTCOME_NONE },
		{ "bearer " TOKEN, OUTCOME_NONE },
		{ "BEARER  " TOKEN, OUTCOME_NONE },
	};
	unsigned char hash[CREDENTIAL_HASH_BYTES];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		open_with("HTTP_AUTHORIZATION", cases[i].value);
		cr_assert_eq(request_token(&request, hash), cases[i].outcome,
		    "row %zu", i);
		close_it();
	}
}

Test(request, media_types)
{
	static const struct {
		const char *value;
		bool ok;
	} cases[] = {
		{ "application/json", true },
		{ "APPLICATION/JSON; charset=UTF-8", true },
		{ "application/json;charset=utf-8", true },
		{ "application/json ;\t charset=\"utf-8\" ", true },
		{ "application/json;", true },
		{ "application/json; charset=utf-8;", true },
		{ "application/json; charset=utf8", true },
		{ "application/json; charset=\"UTF\\8\"", true },
		{ "application/json; profile=\"a\\\";b\"; x=y", true },
		{ "application/json;; ;Charset=Utf-8 ; v=1\t", true },
		{ NULL, false },
		{ "", false },
		{ "text/plain", false },
		{ "application/json; charset=utf-16", false },
		{ "application/json; charset=utf-80", false },
		{ "application/json; charset", false },
		{ "application/json; charset=", false },
		{ "application/json; charset=utf", false },
		{ "application/json; charset=utf-8, x", false },
		{ "application/json; charset = utf-8", false },
		{ "application/json; charset=utf-8; charset=latin1", false },
		{ "application/json; charset=\"utf-8", false },
		{ "application/json; charset=\"utf-8\\", false },
		{ "application/json; charset=\"utf-8\"x", false },
		{ "application/json; charset='utf-8'", false },
		{ "application/json; =utf-8", false },
		{ "application/json; profile", false },
		{ "application/json x", false },
		{ "application/jsonx", false },
		{ "application/vnd.x+json", false },
		{ "application/json, text/plain", false },
	};

	setenv("CONTENT_LENGTH", "0", 1);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		open_with("CONTENT_TYPE", cases[i].value);
		cr_assert_eq(request_read(&request),
		    cases[i].ok ? OUTCOME_NONE : OUTCOME_UNSUPPORTED_MEDIA_TYPE,
		    "row %zu", i);
		close_it();
	}
	open_with("HTTP_CONTENT_ENCODING", "gzip");
	cr_assert_eq(request_read(&request), OUTCOME_UNSUPPORTED_MEDIA_TYPE);
	close_it();
}

Test(request, media_types_of_forms)
{
	static const struct {
		const char *value;
		bool ok;
	} cases[] = {
		{ "application/x-www-form-urlencoded", true },
		{ "Application/X-WWW-Form-URLencoded; charset=UTF-8", true },
		{ "application/x-www-form-urlencoded ;", true },
		{ "application/x-www-form-urlencoded; charset=utf8; a=b",
		    true },
		{ NULL, false },
		{ "application/json", false },
		{ "multipart/form-data", false },
		{ "application/x-www-form-urlencoded; charset=latin1", false },
	};

	setenv("CONTENT_LENGTH", "0", 1);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		open_with("CONTENT_TYPE", cases[i].value);
		cr_assert_eq(request_read_form(&request),
		    cases[i].ok ? OUTCOME_NONE : OUTCOME_NOT_A_FORM, "row %zu",
		    i);
		close_it();
	}
}

Test(request, bodies)
{
	static char full[REQUEST_BODY_MAX + 1];
	static const struct {
		const char *length, *encoding;
		size_t sent;
		enum outcome outcome;
		size_t got;
	} cases[] = {
		{ "5", NULL, 5, OUTCOME_NONE, 5 },
		{ "5", NULL, 9, OUTCOME_NONE, 5 },
		{ "5", NULL, 4, OUTCOME_INVALID_JSON, 4 },
		{ "16384", NULL, 16384, OUTCOME_NONE, 16384 },
		{ "16385", NULL, 16385, OUTCOME_BODY_TOO_LARGE, 0 },
		{ "18446744073709551617", NULL, 5, OUTCOME_BODY_TOO_LARGE, 0 },
		{ "-1", NULL, 5, OUTCOME_BODY_TOO_LARGE, 0 },
		{ "5x", NULL, 5, OUTCOME_BODY_TOO_LARGE, 0 },
		{ NULL, NULL, 5, OUTCOME_NONE, 0 },
		{ NULL, "chunked", 7, OUTCOME_NONE, 7 },
		{ NULL, "chunked", 16384, OUTCOME_NONE, 16384 },
		{ NULL, "chunked", 16385, OUTCOME_BODY_TOO_LARGE, 16385 },
	};

	memset(full, 'x', sizeof full);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		give_body(full, cases[i].sent);
		unsetenv("HTTP_TRANSFER_ENCODING");
		if (cases[i].encoding != NULL)
			setenv("HTTP_TRANSFER_ENCODING", cases[i].encoding, 1);
		open_with("CONTENT_LENGTH", cases[i].length);
		cr_assert_eq(request_read(&request), cases[i].outcome,
		    "row %zu", i);
		cr_assert_eq(request.body_length, cases[i].got, "row %zu", i);
		close_it();
	}
}

Test(request, path_and_id)
{
	open_with("REQUEST_ID", "0af1");
	cr_assert_eq(request.path.length, strlen("/v1/x%2e"));
	cr_assert_str_eq(request.query, "query");
	cr_assert_str_eq(request.id, "0af1");
	close_it();
	setenv("UNIQUE_ID", "apache@1", 1);
	open_with("REQUEST_ID", NULL);
	cr_assert_str_eq(request.id, "apache@1");
	close_it();
	open_with("UNIQUE_ID", "bad id");
	cr_assert_eq(strlen(request.id), 32);
	close_it();
}

Test(request, no_query)
{
	open_with("REQUEST_URI", "/v1/x");
	cr_assert_str_eq(request.query, "");
	close_it();
	open_with("REQUEST_URI", "/v1/x?");
	cr_assert_str_eq(request.query, "");
	close_it();
}

Test(request, bare)
{
	static const struct {
		const char *length, *encoding;
		bool bare;
	} cases[] = {
		{ NULL, NULL, true },
		{ "", NULL, true },
		{ "0", NULL, true },
		{ "2", NULL, false },
		{ "00", NULL, false },
		{ NULL, "chunked", false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		unsetenv("HTTP_TRANSFER_ENCODING");
		if (cases[i].encoding != NULL)
			setenv("HTTP_TRANSFER_ENCODING", cases[i].encoding, 1);
		open_with("CONTENT_LENGTH", cases[i].length);
		cr_assert_eq(request_is_bare(&request), cases[i].bare,
		    "row %zu", i);
		close_it();
	}
}
