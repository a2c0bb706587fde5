/* tally.c - each request that the responder answered is counted once. */
#include "responder/tally.h"

#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "responder/response.h"
#include "responder/routes.h"

static bool
tells(const char *line)
{
	char *all = NULL;
	size_t size;
	FILE *out = open_memstream(&all, &size);
	bool found;

	tally_write(out);
	fclose(out);
	found = strstr(all, line) != NULL;
	free(all);
	return found;
}

Test(tally, a_request_has_its_route_and_status)
{
	tally_request_began();
	cr_assert(tells("postern_responder_threads_busy 1\n"));
	tally_request_ended(&routes[0], OUTCOME_REGISTERED, 3000);
	cr_assert(tells("postern_responder_threads_busy 0\n"));
	cr_assert(tells("postern_http_requests_total{route=\"POST "
			"/v1/webhooks/register\",status=\"201\"} 1\n"));
	cr_assert(tells("_bucket{route=\"POST /v1/webhooks/register\","
			"le=\"0.005\"} 1\n"));
}

Test(tally, one_of_no_route_has_none)
{
	tally_request_ended(NULL, OUTCOME_NOT_FOUND, 1);
	tally_request_ended(&routes[0], OUTCOME_METHOD_NOT_ALLOWED, 1);
	cr_assert(tells("{route=\"none\",status=\"404\"} 1\n"));
	cr_assert(tells("{route=\"none\",status=\"405\"} 1\n"));
}

Test(tally, a_refusal_has_the_code_that_the_client_saw)
{
	tally_request_ended(&routes[0], OUTCOME_NOT_FOUND, 1);
	tally_request_ended(&routes[0], OUTCOME_NO_SUCH, 1);
	cr_assert(tells("postern_http_refusals_total{reason=\"not_found\"} 2"));
}

Test(tally, each_status_that_there_is_has_a_column)
{
	char line[64];

	for (int o = 0; o < OUTCOME_COUNT; o++) {
		int status = response_status((enum outcome)o);

		tally_request_ended(&routes[0], (enum outcome)o, 1);
		if (o == OUTCOME_METHOD_NOT_ALLOWED)
			continue;
		snprintf(line, sizeof line, "register\",status=\"%d\"}",
		    status);
		cr_assert(tells(line), "%s", line);
	}
}

Test(tally, there_is_room_for_each_route)
{
	size_t last = 0;
	char line[128];

	while (routes[last + 1].path != NULL)
		last++;
	tally_request_ended(&routes[last], OUTCOME_OK, 1);
	snprintf(line, sizeof line, "{route=\"%s %s\",status=\"200\"} 1",
	    routes[last].method, routes[last].path);
	cr_assert(tells(line), "%s", line);
}

Test(tally, what_it_tells_is_known)
{
	cr_assert(tells("postern_build_info{program=\"postern-responder\""));
	cr_assert(tells("postern_process_cpu_seconds_total 0."));
}
