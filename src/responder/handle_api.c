/* handle_api.c - the handler of all calls but register and OAuth. */
#include "responder/handle_api.h"

#include <stdio.h>
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

/* A call in hand. */
struct call {
	struct server *server;
	struct request *request;
	struct response *response;
	const struct operation *operation;
	unsigned char token_hash[CREDENTIAL_HASH_BYTES];
	struct api_input input;
	struct fault fault;
};

/* Of the route: HEAD is served as GET. */
static bool
is_method(const struct request *r, const char *method)
{
	return strcmp(r->route->method, method) == 0;
}

static void
add_path_ids(struct pgarray *a, const struct request *r)
{
	for (size_t i = 0; i < ROUTE_IDS_MAX && r->ids[i].start != NULL; i++)
		pgarray_add(a, r->ids[i].start, r->ids[i].length);
}

/* Call the SQL function; json NULL: it says only whether the caller may. */
static enum outcome
call_api_function(struct call *c, const char *json)
{
	struct db_pool_value values[PARAMETERS] = {
		[TOKEN_HASH] = { (const char *)c->token_hash,
		    sizeof c->token_hash, true },
		[INPUT] = { .bytes = json },
		[ADDED] = { .bytes = c->input.added },
	};
	const char *if_match = request_header(c->request, "HTTP_IF_MATCH");
	struct db_pool_call call = { c->operation->sql, values, PARAMETERS,
		COLUMNS, &c->request->visit.account };
	struct pgarray ids = { 0 }, tags = { 0 };
	enum outcome o = OUTCOME_INTERNAL_ERROR;

	add_path_ids(&ids, c->request);
	etag_strong(if_match, &tags);
	if (!pgarray_end(&ids, PGARRAY_TEXT) ||
	    !pgarray_end(&tags, PGARRAY_TEXT))
		goto out;
	values[IDS] = (struct db_pool_value){ ids.bytes, ids.length, true };
	if (*if_match != '\0')
		values[IF_MATCH] =
		    (struct db_pool_value){ tags.bytes, tags.length, true };
	db_pool_clear(c->response->row);
	o = db_pool_ask(c->server->db_pool, &call, &c->response->row);
	if (o == OUTCOME_NONE &&
	    !outcome_from_word(db_pool_field(c->response->row, OUTCOME), &o))
		o = OUTCOME_INTERNAL_ERROR;
out:
	pgarray_clear(&ids);
	pgarray_clear(&tags);
	return o;
}

static void
set_parameter(struct call *c, const char *name, const char *value)
{
	struct text sent = api_input_value(&c->input, c->request, name);

	if (c->response->outcome == OUTCOME_UNKNOWN_EVENT && value != NULL)
		sent = (struct text){ value, strlen(value) };
	response_set_parameter(c->response, name, sent);
}

/* Does the client have this very version (If-None-Match)? */
static bool
client_has_it(const struct call *c)
{
	return c->response->etag != NULL && is_method(c->request, "GET") &&
	    etag_named(request_header(c->request, "HTTP_IF_NONE_MATCH"),
		c->response->etag);
}

/* What the row says besides its outcome. */
static void
take_row(struct call *c)
{
	struct response *r = c->response;
	const char *parameter = db_pool_field(r->row, PARAMETER);
	const char *next = db_pool_field(r->row, NEXT);
	const char *seconds = db_pool_field(r->row, RETRY_AFTER);

	r->text = db_pool_field(r->row, TEXT);
	r->body = db_pool_field(r->row, BODY);
	r->etag = db_pool_field(r->row, ETAG);
	if (seconds != NULL)
		r->retry_after = (unsigned)strtoul(seconds, NULL, 10);
	if (parameter != NULL)
		set_parameter(c, parameter, db_pool_field(r->row, VALUE));
	if (next != NULL && r->outcome == OUTCOME_CREATED)
		snprintf(r->webhook, sizeof r->webhook, "%s", next);
	else if (next != NULL)
		api_input_next(&c->input, c->request, next, r->link,
		    sizeof r->link);
}

/* Of what the row has; without a body it is an internal error. */
static void
make_body(struct call *c)
{
	struct response *r = c->response;

	if (c->operation->body == NULL || r->body == NULL)
		return;
	free(r->owned);
	r->body = r->owned = c->operation->body(r->body);
}

static void
finish_response(struct call *c)
{
	struct response *r = c->response;

	if (r->row != NULL)
		take_row(c);
	make_body(c);
	if (r->retry_after == 0)
		r->retry_after = 1;
	if (response_body(r) == NULL &&
	    (r->outcome == OUTCOME_OK || r->outcome == OUTCOME_ACCEPTED))
		r->outcome = c->operation->makes_secret
		    ? OUTCOME_ROTATED
		    : OUTCOME_INTERNAL_ERROR;
	if (r->outcome == OUTCOME_OK && client_has_it(c)) {
		r->outcome = OUTCOME_NOT_MODIFIED;
		*r->link = '\0';
	}
	if (response_status(r->outcome) >= 400 || r->outcome == OUTCOME_CREATED)
		r->etag = NULL;
	if (r->etag != NULL)
		r->cache = CACHE_CLIENT;
}

static bool
make_secret(struct call *c)
{
	struct sealed sealed;

	secret_make(c->response->secret);
	return sealer_seal(c->server->sealer, c->response->secret, SECRET_BYTES,
		   &sealed) &&
	    api_input_seal(&c->input, &sealed);
}

static bool
add_to_input(struct call *c)
{
	if (c->operation->makes_secret && !make_secret(c))
		return false;
	if (!api_input_seal_headers(&c->input, c->server->sealer))
		return false;
	return !c->operation->publishes ||
	    api_input_trace(&c->input, c->request);
}

static enum outcome
read_input(struct call *c)
{
	const char *const *names = c->operation->names;

	if (is_method(c->request, "GET") || is_method(c->request, "DELETE"))
		return api_input_query(&c->input, c->request, names, &c->fault);
	return api_input_body(&c->input, c->request, names, c->server->policy,
	    is_method(c->request, "POST"), &c->fault);
}

static void
name_fault(struct call *c)
{
	const struct fault *f = &c->fault;

	if (!f->hidden)
		set_parameter(c, f->parameter, NULL);
	else if (f->part != NULL)
		response_set_parameter_text(c->response, f->parameter, f->part);
	else
		response_set_parameter(c->response, f->parameter,
		    (struct text){ NULL, 0 });
}

/*
 * Say what is wrong with a request only after its token is known to be good
 * and the service to be open.
 */
static void
refuse_input(struct call *c, enum outcome fault)
{
	struct response *r = c->response;

	r->outcome = call_api_function(c, NULL);
	if (r->outcome != OUTCOME_NONE) {
		finish_response(c);
		return;
	}
	r->outcome = fault;
	response_say(r, c->fault.text);
	if (c->fault.parameter != NULL)
		name_fault(c);
}

void
handle_api(struct server *server, struct request *request,
    struct response *response)
{
	struct call c = { .server = server,
		.request = request,
		.response = response,
		.operation = request->route->operation };
	enum outcome o;

	response->scope =
	    is_method(request, "GET") ? "webhooks:read" : "webhooks:write";
	response->outcome = request_token(request, c.token_hash);
	if (response->outcome == OUTCOME_NONE)
		response->outcome =
		    server_admit(server, request, c.token_hash, response);
	if (response->outcome != OUTCOME_NONE)
		return;
	o = read_input(&c);
	if (o == OUTCOME_NONE && !add_to_input(&c))
		o = OUTCOME_INTERNAL_ERROR;
	if (o == OUTCOME_NONE) {
		o = response->outcome = call_api_function(&c, c.input.json);
		/* a number that no type holds */
		if (response->row != NULL || o != OUTCOME_INVALID_PARAMETER)
			finish_response(&c);
		else
			refuse_input(&c, o);
	} else {
		refuse_input(&c, o);
	}
	api_input_clear(&c.input);
}

void
handle_public(struct server *server, struct request *request,
    struct response *response)
{
	const struct db_pool_call call = {
		.sql = request->route->operation->sql,
		.columns = 1,
		.account = &request->visit.account,
	};

	response->outcome = server_admit(server, request, NULL, response);
	if (response->outcome == OUTCOME_NONE)
		response->outcome =
		    db_pool_ask(server->db_pool, &call, &response->row);
	if (response->outcome != OUTCOME_NONE)
		return;
	response->outcome = OUTCOME_OK;
	response->body = db_pool_field(response->row, 0);
	response->cache = CACHE_ANYBODY;
}
