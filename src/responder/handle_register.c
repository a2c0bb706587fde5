/* handle_register.c - POST /v1/webhooks/register: admit, parse, seal, store. */
#include "responder/handle_register.h"

#include <string.h>

#include "responder/register_body.h"
#include "responder/response.h"
#include "responder/request.h"
#include "responder/server.h"

#define SCOPE "webhooks:write"

static void
take_reply(struct answer *answer, const struct register_db_reply *reply)
{
	answer->outcome = reply->outcome;
	answer->retry_after = reply->retry_after;
	memcpy(answer->webhook, reply->webhook, sizeof answer->webhook);
	if (reply->outcome == OUTCOME_UNKNOWN_EVENT)
		answer_string(answer, "events", reply->unknown_event);
}

/*
 * A bad request is told what is wrong with it only once its token is known
 * to be good and the service to be open.
 */
static void
refuse(struct server *service, struct register_db_request *ask,
    enum outcome fault, struct answer *answer)
{
	struct register_db_reply reply;

	group_commit_register(service->store, ask, &reply);
	if (reply.outcome == OUTCOME_NONE)
		answer->outcome = fault;
	else
		*answer = (struct answer){ .outcome = reply.outcome,
			.retry_after = reply.retry_after,
			.scope = answer->scope };
}

static void
store(struct server *service, struct register_db_request *ask,
    const struct register_body *registration, struct answer *answer)
{
	struct register_db_reply reply;
	struct sealed sealed;

	secret_make(answer->secret);
	if (!sealer_seal(service->sealer, answer->secret, &sealed)) {
		answer->outcome = OUTCOME_INTERNAL_ERROR;
		return;
	}
	ask->url = registration->url;
	ask->canonical = registration->canonical;
	ask->events = registration->events;
	ask->event_count = registration->event_count;
	ask->sealed = &sealed;
	group_commit_register(service->store, ask, &reply);
	take_reply(answer, &reply);
}

static enum outcome
parse(struct server *service, struct request *request,
    struct register_body *registration, struct answer *answer)
{
	struct fault fault = { 0 };
	enum outcome o = request_read(request);

	if (o == OUTCOME_NONE)
		o = register_body_parse(registration, service->policy,
		    request->body, request->body_length, &fault);
	answer->text = fault.text;
	if (fault.parameter != NULL)
		answer_parameter(answer, fault.parameter, fault.value);
	return o;
}

void
handle_register(struct server *service, struct request *request,
    struct answer *answer)
{
	struct register_db_request ask = { 0 };
	struct register_body registration;
	enum outcome o;

	registration.tree = NULL;
	id_make(ask.id);
	answer->scope = SCOPE;
	memcpy(answer->registration_id, ask.id, sizeof ask.id);
	answer->outcome = request_token(request, ask.token_hash);
	if (answer->outcome != OUTCOME_NONE)
		return;
	o = parse(service, request, &registration, answer);
	if (o == OUTCOME_NONE)
		store(service, &ask, &registration, answer);
	else
		refuse(service, &ask, o, answer);
	register_body_clear(&registration);
}
