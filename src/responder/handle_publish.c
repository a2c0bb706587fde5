/* handle_publish.c - handler of POST /v1/messages. */
#include "responder/handle_publish.h"

#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "responder/handle_api.h"
#include "responder/publication.h"
#include "responder/request.h"
#include "responder/response.h"
#include "responder/server.h"

#define SCOPE "messages:write"
#define KEY_HEADER "Idempotency-Key"
#define FIRST_MESSAGE "messages[0]."

/* What the database names as one of several the client sent alone. */
static const char *
own_name(const char *parameter, bool flat)
{
	size_t n = strlen(FIRST_MESSAGE);

	return flat && strncmp(parameter, FIRST_MESSAGE, n) == 0 ? parameter + n
								 : parameter;
}

static void
take_reply(struct response *response, const struct publication_reply *reply,
    bool flat)
{
	const char *parameter = own_name(reply->parameter, flat);

	response->outcome = reply->outcome;
	response->retry_after = reply->retry_after;
	response->owned = reply->ids;
	response->body = reply->ids;
	if (*reply->sentence != '\0')
		response_say(response, reply->sentence);
	if (*parameter == '\0')
		return;
	if (*reply->value == '\0')
		response_set_parameter(response, parameter,
		    (struct text){ NULL, 0 });
	else
		response_set_parameter_text(response, parameter, reply->value);
}

/*
 * Say what is wrong with a request only after its token is known to be good
 * and the service to be open: the response has it, and is given it back.
 */
static void
refuse(struct server *server, struct publication *p, struct response *response)
{
	struct publication_reply reply;

	p->parsed.count = 0;
	*p->key = '\0';
	publication_commit(server->messages, p, &reply);
	if (reply.outcome == OUTCOME_NONE)
		return;
	*response = (struct response){ .scope = response->scope };
	take_reply(response, &reply, false);
}

static enum outcome
read_key(const struct request *request, struct publication *p,
    struct response *response)
{
	const char *value = request_header(request, "HTTP_IDEMPOTENCY_KEY");

	if (*value == '\0' || idempotency_key_parse(value, p->key))
		return OUTCOME_NONE;
	response_say(response,
	    KEY_HEADER " must be 1 to 256 printable characters of ASCII, in "
		       "double quotes or without blanks.");
	response_set_parameter(response, KEY_HEADER, (struct text){ NULL, 0 });
	return OUTCOME_INVALID_PARAMETER;
}

static enum outcome
parse_body(struct publication *p, struct response *response)
{
	struct message_fault fault;
	enum outcome o;

	crypto_hash_sha256(p->hash, (const unsigned char *)p->body, p->length);
	o = message_body_parse(&p->parsed, p->body, p->length, &fault);
	if (o == OUTCOME_INVALID_PARAMETER) {
		response_say(response, fault.text);
		response_set_parameter(response, fault.parameter, fault.value);
	}
	return o;
}

static enum outcome
read_publication(const struct request *request, struct publication *p,
    struct response *response)
{
	struct traceparent trace;
	size_t max = request->route->operation->body_max;
	enum outcome o = request_read_large(request, max, &p->body, &p->length);
	char text[64];

	if (o == OUTCOME_BODY_TOO_LARGE) {
		snprintf(text, sizeof text, "The body is larger than %zu KiB.",
		    max / 1024);
		response_say(response, text);
	}
	if (o == OUTCOME_NONE)
		o = parse_body(p, response);
	if (o == OUTCOME_NONE)
		o = read_key(request, p, response);
	if (request_trace(request, &trace))
		traceparent_write(&trace, p->trace);
	return o;
}

static void
publish(struct server *server, struct request *request, struct publication *p,
    struct response *response)
{
	struct publication_reply reply;
	bool flat;

	p->account = request->visit.account;
	response->outcome = read_publication(request, p, response);
	if (response->outcome != OUTCOME_NONE) {
		refuse(server, p, response);
		return;
	}
	flat = p->parsed.flat;
	publication_commit(server->messages, p, &reply);
	take_reply(response, &reply, flat);
}

void
handle_publish(struct server *server, struct request *request,
    struct response *response)
{
	unsigned char token_hash[CREDENTIAL_HASH_BYTES];
	struct publication *p;

	response->scope = SCOPE;
	response->outcome = request_token(request, token_hash);
	if (response->outcome == OUTCOME_NONE)
		response->outcome =
		    server_admit(server, request, token_hash, response);
	if (response->outcome != OUTCOME_NONE)
		return;
	p = publication_new();
	if (p == NULL) {
		response->outcome = OUTCOME_SERVICE_UNAVAILABLE;
		response->retry_after = 1;
		return;
	}
	memcpy(p->token_hash, token_hash, sizeof token_hash);
	publish(server, request, p, response);
}
