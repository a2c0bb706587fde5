/* handle_metrics.c - GET /metrics: for those who watch. */
#include "responder/handle_metrics.h"

#include <string.h>

#include "responder/reporter.h"
#include "responder/request.h"
#include "responder/response.h"
#include "responder/server.h"

static const char *const media_types[] = {
	[METRIC_TEXT] = "text/plain; version=0.0.4; charset=utf-8",
	[METRIC_OPENMETRICS] =
	    "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

void
handle_metrics(struct server *server, struct request *request,
    struct response *response)
{
	enum metric_format format =
	    metric_page_format(request_header(request, "HTTP_ACCEPT"));

	/* a CGI program has counted nothing */
	if (server->reporter == NULL) {
		response->outcome = OUTCOME_NOT_FOUND;
		return;
	}
	response->owned = reporter_page(server->reporter, format);
	response->outcome = OUTCOME_SERVICE_UNAVAILABLE;
	response->retry_after = 1;
	if (response->owned == NULL)
		return;
	/* the newline at its end is written behind every body */
	response->owned[strlen(response->owned) - 1] = '\0';
	response->outcome = OUTCOME_OK;
	response->body = response->owned;
	response->media_type = media_types[format];
}
