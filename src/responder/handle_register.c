/* handle_register.c - handler of POST /v1/webhooks/register. */
#include "responder/handle_register.h"

#include <string.h>

#include "responder/register_body.h"
#include "responder/registration.h"
#include "responder/response.h"
#include "responder/request.h"
#include "responder/server.h"

#define SCOPE "webhooks:write"

static void
take_reply(struct response *response, const struct register_db_reply *reply)
{
	response->outcome = reply->outcome;
	response->retry_after = reply->retry_after;
	memcpy(response->webhook, reply->webhook, sizeof response->webhook);
	if (reply->outcome == OUTCOME_UNKNOWN_EVENT)
		response_set_parameter_text(response, "events",
		    reply->unknown_event);
}

/*
 * Say what is wrong with a request only after its token is known to be good
 * and the service to be open.
 */
static void
refuse_body(struct server *server, struct register_db_request *row,
    enum outcome fault, struct response *response)
{
	struct register_db_reply reply;

	registration_commit(server->group_commit, row, &reply);
	if (reply.outcome == OUTCOME_NONE)
		response->outcome = fault;
	else
		*response = (struct response){ .outcome = reply.outcome,
			.retry_after = reply.retry_after,
			.scope = response->scope };
}

static void
store_webhook(struct server *server, struct register_db_request *row,
    const struct register_body *body, struct response *response)
{
	struct register_db_reply reply;
	struct sealed sealed;

	secret_make(response->secret);
	if (!sealer_seal(server->sealer, response->secret, SECRET_BYTES,
		&sealed)) {
		response->outcome = OUTCOME_INTERNAL_ERROR;
		return;
	}
	row->url = body->url;
	row->canonical = body->canonical;
	row->events = body->events;
	row->event_count = body->event_count;
	row->sealed = &sealed;
	registration_commit(server->group_commit, row, &reply);
	row->sealed = NULL;
	take_reply(response, &reply);
}

static enum outcome
parse_body(struct server *server, struct request *request,
    struct register_body *body, struct response *response)
{
	struct fault fault = { 0 };
	enum outcome o = request_read(request);

	if (o == OUTCOME_NONE)
		o = register_body_parse(body, server->policy, request->body,
		    request->body_length, &fault);
	response_say(response, fault.text);
	if (fault.parameter != NULL)
		response_set_parameter(response, fault.parameter, fault.value);
	return o;
}

void
handle_register(struct server *server, struct request *request,
    struct response *response)
{
	struct register_db_request row = { 0 };
	struct register_body body;
	enum outcome o;

	body.tree = NULL;
	id_make(row.id);
	response->scope = SCOPE;
	memcpy(response->registration_id, row.id, sizeof row.id);
	response->outcome = request_token(request, row.token_hash);
	if (response->outcome == OUTCOME_NONE)
		response->outcome =
		    server_admit(server, request, row.token_hash, response);
	if (response->outcome != OUTCOME_NONE)
		return;
	row.account = request->visit.account;
	o = parse_body(server, request, &body, response);
	if (o == OUTCOME_NONE)
		store_webhook(server, &row, &body, response);
	else
		refuse_body(server, &row, o, response);
	register_body_clear(&body);
}
