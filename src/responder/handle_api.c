/* handle_api.c - every call but register: admit, take input, ask, answer. */
#include "responder/handle_api.h"

#include <stdlib.h>
#include <string.h>

#include "common/pgarray.h"
#include "responder/etag.h"
#include "responder/api_input.h"
#include "responder/response.h"
#include "responder/request.h"
#include "responder/server.h"

/* The parameters and the columns of API_SQL, in its order. */
enum parameter { TOKEN_HASH, IDS, INPUT, ADDED, IF_MATCH, PARAMETERS };
enum column {
	OUTCOME,
	BODY,
	ETAG,
	NEXT,
	PARAMETER,
	VALUE,
	RETRY_AFTER,
	TEXT,
	COLUMNS
};

/* What a function may say of a call. */
static const struct {
	const char *text;
	enum outcome outcome;
} outcomes[] = {
	{ "ok", OUTCOME_OK },
	{ "accepted", OUTCOME_ACCEPTED },
	{ "no_content", OUTCOME_NO_CONTENT },
	{ "admitted", OUTCOME_NONE },
	{ "invalid_parameter", OUTCOME_INVALID_PARAMETER },
	{ "unknown_event", OUTCOME_UNKNOWN_EVENT },
	{ "invalid_token", OUTCOME_INVALID_TOKEN },
	{ "insufficient_scope", OUTCOME_INSUFFICIENT_SCOPE },
	{ "outside_working_hours", OUTCOME_OUTSIDE_WORKING_HOURS },
	{ "no_such", OUTCOME_NO_SUCH },
	{ "conflict", OUTCOME_CONFLICT },
	{ "precondition_failed", OUTCOME_PRECONDITION_FAILED },
	{ "busy", OUTCOME_SERVICE_UNAVAILABLE },
};

/* A call in hand. */
struct call {
	struct server *service;
	struct request *request;
	struct answer *answer;
	const struct operation *operation;
	unsigned char token_hash[CREDENTIAL_HASH_BYTES];
	struct api_input input;
	struct fault fault;
};

static bool
is_method(const struct request *r, const char *method)
{
	return strcmp(r->method, method) == 0;
}

static void
add_ids(struct pgarray *a, const struct request *r)
{
	for (size_t i = 0; i < ROUTE_IDS_MAX && r->ids[i].start != NULL; i++)
		pgarray_add(a, r->ids[i].start, r->ids[i].length);
}

static enum outcome
read_outcome(const char *text)
{
	for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++)
		if (text != NULL && strcmp(text, outcomes[i].text) == 0)
			return outcomes[i].outcome;
	return OUTCOME_INTERNAL_ERROR;
}

/* Ask the function; json NULL: only whether the caller may. */
static enum outcome
ask(struct call *c, const char *json)
{
	struct db_pool_value values[PARAMETERS] = {
		[TOKEN_HASH] = { (const char *)c->token_hash,
		    sizeof c->token_hash, true },
		[INPUT] = { .bytes = json },
		[ADDED] = { .bytes = c->input.added },
	};
	const char *if_match = request_header(c->request, "HTTP_IF_MATCH");
	struct db_pool_call call = { c->operation->sql, values, PARAMETERS,
		COLUMNS, 0 };
	struct pgarray ids = { 0 }, tags = { 0 };
	enum outcome o = OUTCOME_INTERNAL_ERROR;

	add_ids(&ids, c->request);
	etag_strong(if_match, &tags);
	if (!pgarray_end(&ids, PGARRAY_TEXT) ||
	    !pgarray_end(&tags, PGARRAY_TEXT))
		goto out;
	values[IDS] = (struct db_pool_value){ ids.bytes, ids.length, true };
	if (*if_match != '\0')
		values[IF_MATCH] =
		    (struct db_pool_value){ tags.bytes, tags.length, true };
	db_pool_clear(c->answer->row);
	memcpy(&call.caller, c->token_hash, sizeof call.caller);
	o = db_pool_ask(c->service->pool, &call, &c->answer->row);
	if (o == OUTCOME_NONE)
		o = read_outcome(db_pool_field(c->answer->row, OUTCOME));
out:
	pgarray_clear(&ids);
	pgarray_clear(&tags);
	return o;
}

static void
name_parameter(struct call *c, const char *name, const char *value)
{
	struct text sent = api_input_value(&c->input, c->request, name);

	if (c->answer->outcome == OUTCOME_UNKNOWN_EVENT && value != NULL)
		sent = (struct text){ value, strlen(value) };
	answer_parameter(c->answer, name, sent);
}

/* Is it as the client has it already? */
static bool
is_known(const struct call *c)
{
	return c->answer->etag != NULL && is_method(c->request, "GET") &&
	    etag_named(request_header(c->request, "HTTP_IF_NONE_MATCH"),
		c->answer->etag);
}

/* What the row says besides its outcome. */
static void
take_row(struct call *c)
{
	struct answer *a = c->answer;
	const char *parameter = db_pool_field(a->row, PARAMETER);
	const char *next = db_pool_field(a->row, NEXT);
	const char *seconds = db_pool_field(a->row, RETRY_AFTER);

	a->text = db_pool_field(a->row, TEXT);
	a->body = db_pool_field(a->row, BODY);
	a->etag = db_pool_field(a->row, ETAG);
	if (seconds != NULL)
		a->retry_after = (unsigned)strtoul(seconds, NULL, 10);
	if (parameter != NULL)
		name_parameter(c, parameter, db_pool_field(a->row, VALUE));
	if (next != NULL)
		api_input_next(&c->input, c->request, next, a->link,
		    sizeof a->link);
}

static void
finish(struct call *c)
{
	struct answer *a = c->answer;

	if (a->row != NULL)
		take_row(c);
	if (a->retry_after == 0)
		a->retry_after = 1;
	if (response_body(a) == NULL &&
	    (a->outcome == OUTCOME_OK || a->outcome == OUTCOME_ACCEPTED))
		a->outcome = c->operation->makes_secret ?
		    OUTCOME_ROTATED :
		    OUTCOME_INTERNAL_ERROR;
	if (a->outcome == OUTCOME_OK && is_known(c)) {
		a->outcome = OUTCOME_NOT_MODIFIED;
		*a->link = '\0';
	}
	if (response_status(a->outcome) >= 400)
		a->etag = NULL;
	if (a->etag != NULL)
		a->cache = CACHE_CLIENT;
}

static bool
make_secret(struct call *c)
{
	struct sealed sealed;

	secret_make(c->answer->secret);
	return sealer_seal(c->service->sealer, c->answer->secret, &sealed) &&
	    api_input_seal(&c->input, &sealed);
}

static enum outcome
take_input(struct call *c)
{
	const char *const *names = c->operation->names;

	if (is_method(c->request, "GET") || is_method(c->request, "DELETE"))
		return api_input_query(&c->input, c->request, names, &c->fault);
	return api_input_body(&c->input, c->request, names, c->service->policy,
	    is_method(c->request, "POST"), &c->fault);
}

/*
 * A bad request is told what is wrong with it only once its token is known
 * to be good and the service to be open.
 */
static void
refuse(struct call *c, enum outcome fault)
{
	struct answer *a = c->answer;

	a->outcome = ask(c, NULL);
	if (a->outcome != OUTCOME_NONE) {
		finish(c);
		return;
	}
	a->outcome = fault;
	a->text = c->fault.text;
	if (c->fault.parameter != NULL)
		name_parameter(c, c->fault.parameter, NULL);
}

void
handle_api(struct server *service, struct request *request,
    struct answer *answer)
{
	struct call c = { .service = service,
		.request = request,
		.answer = answer,
		.operation = request->route->operation };
	enum outcome o;

	answer->scope =
	    is_method(request, "GET") ? "webhooks:read" : "webhooks:write";
	answer->outcome = request_token(request, c.token_hash);
	if (answer->outcome != OUTCOME_NONE)
		return;
	o = take_input(&c);
	if (o == OUTCOME_NONE && c.operation->makes_secret && !make_secret(&c))
		o = OUTCOME_INTERNAL_ERROR;
	if (o == OUTCOME_NONE) {
		o = answer->outcome = ask(&c, c.input.json);
		/* a number that no type holds */
		if (answer->row != NULL || o != OUTCOME_INVALID_PARAMETER)
			finish(&c);
		else
			refuse(&c, o);
	} else {
		refuse(&c, o);
	}
	api_input_clear(&c.input);
}

void
handle_public(struct server *service, struct request *request,
    struct answer *answer)
{
	struct db_pool_call call = { .sql = request->route->operation->sql,
		.columns = 1 };

	answer->outcome = db_pool_ask(service->pool, &call, &answer->row);
	answer->retry_after = 1;
	if (answer->outcome != OUTCOME_NONE)
		return;
	answer->outcome = OUTCOME_OK;
	answer->body = db_pool_field(answer->row, 0);
	answer->cache = CACHE_ANYBODY;
}
