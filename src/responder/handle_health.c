/* handle_health.c - handlers of GET /healthz and GET /readyz. */
#include "responder/handle_health.h"

#include "responder/response.h"
#include "responder/server.h"

static const struct {
	enum outcome outcome;
	const char *body;
} answers[] = {
	[HEALTH_READY] = { OUTCOME_OK,
	    "{\"database\":true,\"worker\":true,"
	    "\"text\":\"The database confirms commits, and a delivery worker "
	    "is there.\"}" },
	[HEALTH_NO_DATABASE] = { OUTCOME_NOT_READY,
	    "{\"database\":false,\"worker\":null,"
	    "\"text\":\"The database does not confirm a commit within a "
	    "second. The responder's log says why.\"}" },
	[HEALTH_NO_WORKER] = { OUTCOME_NOT_READY,
	    "{\"database\":true,\"worker\":false,"
	    "\"text\":\"No delivery worker has been seen for a minute: "
	    "requests are served, but no event is sent. Start "
	    "postern-delivery, or read its log.\"}" },
};

void
handle_healthz(struct server *server, struct request *request,
    struct response *response)
{
	(void)server;
	(void)request;
	response->outcome = OUTCOME_OK;
	response->body = "{\"text\":\"postern-responder serves.\"}";
}

void
handle_readyz(struct server *server, struct request *request,
    struct response *response)
{
	enum health health = health_ask(server->health);

	(void)request;
	response->outcome = answers[health].outcome;
	response->body = answers[health].body;
	response->retry_after = 1;
}
