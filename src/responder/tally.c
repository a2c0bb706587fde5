/* tally.c - what the responder counts of itself, for /metrics. */
#include "config.h"

#include "responder/tally.h"

#include <string.h>

#include "common/compiler.h"
#include "common/metrics.h"
#include "responder/response.h"
#include "responder/routes.h"

#define ROUTES 32 /* the last: no route */
#define NO_ROUTE (ROUTES - 1)
#define STATUSES COUNT(statuses)

static const int statuses[] = { 200, 201, 202, 204, 304, 400, 401, 403, 404,
	405, 409, 412, 413, 415, 422, 429, 500, 503 };

static const char *const results[] = {
	[COMMIT_DONE] = "done",
	[COMMIT_FAILED] = "failed",
	[COMMIT_LOST] = "lost",
};

enum { OPEN, IN_USE, CONNECTION_STATES };

static metric_cell threads, busy, connects, connections[CONNECTION_STATES],
    requests[ROUTES * STATUSES], refusals[OUTCOME_COUNT],
    batches[TALLY_KINDS][COUNT(results)];
static struct metric_histogram durations[ROUTES], sizes[TALLY_KINDS],
    waits[TALLY_KINDS];

static size_t
write_route(size_t n, char *text, size_t size)
{
	if (n == NO_ROUTE)
		return (size_t)snprintf(text, size, "route=\"none\"");
	return (size_t)snprintf(text, size, "route=\"%s %s\"", routes[n].method,
	    routes[n].path);
}

static void
label_request(size_t n, char text[METRIC_LABELS_MAX])
{
	size_t length = write_route(n / STATUSES, text, METRIC_LABELS_MAX);

	snprintf(text + length, METRIC_LABELS_MAX - length, ",status=\"%d\"",
	    statuses[n % STATUSES]);
}

static void
label_route(size_t n, char text[METRIC_LABELS_MAX])
{
	write_route(n, text, METRIC_LABELS_MAX);
}

static void
label_refusal(size_t n, char text[METRIC_LABELS_MAX])
{
	snprintf(text, METRIC_LABELS_MAX, "reason=\"%s\"",
	    response_code((enum outcome)n));
}

static void
label_result(size_t n, char text[METRIC_LABELS_MAX])
{
	snprintf(text, METRIC_LABELS_MAX, "result=\"%s\"", results[n]);
}

static void
label_connection(size_t n, char text[METRIC_LABELS_MAX])
{
	snprintf(text, METRIC_LABELS_MAX, "state=\"%s\"",
	    n == OPEN ? "open" : "in use");
}

static const struct metric rows[] = {
	{ "postern_http_requests_total", COUNT(requests), requests,
	    .sparse = true, .label = label_request },
	{ "postern_http_request_duration_seconds", ROUTES,
	    .histograms = durations, .bounds = &metric_seconds, .unit = 1e-6,
	    .sparse = true, .label = label_route },
	{ "postern_http_refusals_total", COUNT(refusals), refusals,
	    .sparse = true, .label = label_refusal },
	{ .name = "postern_responder_threads", .count = 1, .cells = &threads },
	{ .name = "postern_responder_threads_busy",
	    .count = 1,
	    .cells = &busy },
	{ "postern_group_commit_batch_size", 1,
	    .histograms = &sizes[TALLY_REGISTRATIONS],
	    .bounds = &metric_sizes },
	{ "postern_group_commit_batches_total", COUNT(results),
	    batches[TALLY_REGISTRATIONS], .label = label_result },
	{ "postern_group_commit_wait_seconds", 1,
	    .histograms = &waits[TALLY_REGISTRATIONS],
	    .bounds = &metric_seconds, .unit = 1e-6 },
	{ "postern_publish_batch_size", 1, .histograms = &sizes[TALLY_MESSAGES],
	    .bounds = &metric_sizes },
	{ "postern_publish_batches_total", COUNT(results),
	    batches[TALLY_MESSAGES], .label = label_result },
	{ "postern_publish_wait_seconds", 1,
	    .histograms = &waits[TALLY_MESSAGES], .bounds = &metric_seconds,
	    .unit = 1e-6 },
	{ "postern_database_connections", COUNT(connections), connections,
	    .label = label_connection },
	{ .name = "postern_database_connects_total",
	    .count = 1,
	    .cells = &connects },
};

void
tally_threads(unsigned count)
{
	metric_set(&threads, count);
}

unsigned
tally_threads_busy(void)
{
	return (unsigned)metric_get(&busy);
}

void
tally_request_began(void)
{
	metric_add(&busy, 1);
}

/* The row of a route. Of one that takes other methods, none was meant. */
static size_t
route_row(const struct route *route, enum outcome outcome)
{
	size_t n;

	if (route == NULL || outcome == OUTCOME_METHOD_NOT_ALLOWED)
		return NO_ROUTE;
	n = (size_t)(route - routes);
	return n < NO_ROUTE ? n : NO_ROUTE;
}

static size_t
status_column(int status)
{
	size_t n = 0;

	while (n < STATUSES - 1 && statuses[n] != status)
		n++;
	return n;
}

/* Several outcomes have the same code: the first of them counts for all. */
static size_t
refusal_row(enum outcome outcome)
{
	const char *code = response_code(outcome);
	size_t n = 0;

	while (response_status((enum outcome)n) < 400 ||
	    strcmp(response_code((enum outcome)n), code) != 0)
		n++;
	return n;
}

void
tally_request_ended(const struct route *route, enum outcome outcome,
    long long us)
{
	size_t row = route_row(route, outcome);
	int status = response_status(outcome);

	metric_subtract(&busy, 1);
	metric_add(&requests[row * STATUSES + status_column(status)], 1);
	metric_observe(&durations[row], &metric_seconds, (uint64_t)us);
	if (status >= 400)
		metric_add(&refusals[refusal_row(outcome)], 1);
}

void
tally_batch(enum tally_kind kind, size_t count, enum commit_result result)
{
	metric_observe(&sizes[kind], &metric_sizes, count);
	metric_add(&batches[kind][result], 1);
}

void
tally_waited(enum tally_kind kind, long long us)
{
	metric_observe(&waits[kind], &metric_seconds, (uint64_t)us);
}

void
tally_connection_opened(void)
{
	metric_add(&connections[OPEN], 1);
	metric_add(&connects, 1);
}

void
tally_connection_closed(void)
{
	metric_subtract(&connections[OPEN], 1);
}

void
tally_connection_taken(void)
{
	metric_add(&connections[IN_USE], 1);
}

void
tally_connection_returned(void)
{
	metric_subtract(&connections[IN_USE], 1);
}

void
tally_write(FILE *out)
{
	metrics_write_process(out, "postern-responder", PACKAGE_VERSION);
	metrics_write(out, rows, COUNT(rows));
}
