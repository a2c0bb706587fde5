/* tally.c - what a worker counts of itself, for /metrics. */
#include "config.h"

#include "delivery/tally.h"

#include <string.h>

#include "common/clock.h"
#include "common/compiler.h"
#include "common/metrics.h"
#include "delivery/retry_policy.h"

#define MICRO 1e-6
#define MILLI 1e-3

/* As verdict.c has them. */
static const char *const verdicts[] = { "delivered", "redirect", "gone", "busy",
	"rejected", "garbage", "timeout", "tls", "network", "refused",
	"unsigned", "expired", "returned" };

static const char *const outcomes[] = {
	[FATE_SENT] = "sent",
	[FATE_FAILED] = "failed",
	[FATE_RETRY] = "retry",
	[FATE_RETURNED] = "returned",
};

enum { NAME, CONNECT, TLS, ANSWER, TOTAL, PHASES };
static const char *const phases[PHASES] = {
	[NAME] = "name",
	[CONNECT] = "connect",
	[TLS] = "tls",
	[ANSWER] = "answer",
	[TOTAL] = "total",
};

static const char *const calls[TALLY_CALLS] = {
	[TALLY_CLAIM] = "claim",
	[TALLY_RECORD] = "record",
};

enum { MADE, KEPT, CONNECTIONS };
static const char *const connections[CONNECTIONS] = {
	[MADE] = "made",
	[KEPT] = "kept",
};

enum { KNOWN, ASKED, LOOKUPS };
static const char *const lookups[LOOKUPS] = {
	[KNOWN] = "known",
	[ASKED] = "asked",
};

static metric_cell by_verdict[COUNT(verdicts)], by_outcome[COUNT(outcomes)],
    breaker_failures, place_count, in_flight, in_hand, held_ms, missed_ms,
    used[CONNECTIONS], kept, looked_up[LOOKUPS], wakes, turns, worker_number,
    turned_ms;
static struct metric_histogram by_phase[PHASES], call_times[TALLY_CALLS],
    call_sizes[TALLY_CALLS];

/* Labels of one table of words. */
#define LABELS(table, name)                                               \
	static void label_##table(size_t n, char text[METRIC_LABELS_MAX]) \
	{                                                                 \
		snprintf(text, METRIC_LABELS_MAX, "%s=\"%s\"", (name),    \
		    (table)[n]);                                          \
	}

LABELS(verdicts, "verdict")
LABELS(outcomes, "outcome")
LABELS(phases, "phase")
LABELS(calls, "call")
LABELS(connections, "connection")
LABELS(lookups, "answer")

#define CELLS(cells_, ...) \
	.count = COUNT(cells_), .cells = (cells_), __VA_ARGS__
#define CELL(cell, ...) .count = 1, .cells = &(cell), __VA_ARGS__
#define TIMES(times, ...)                             \
	.count = COUNT(times), .histograms = (times), \
	.bounds = &metric_seconds, .unit = MICRO, __VA_ARGS__

static const struct metric rows[] = {
	{ .name = "postern_attempts_total",
	    CELLS(by_verdict, .label = label_verdicts) },
	{ .name = "postern_attempt_phase_seconds",
	    TIMES(by_phase, .label = label_phases) },
	{ .name = "postern_outcomes_total",
	    CELLS(by_outcome, .label = label_outcomes) },
	{ .name = "postern_breaker_failures_total", CELL(breaker_failures) },
	{ .name = "postern_places", CELL(place_count) },
	{ .name = "postern_in_flight", CELL(in_flight) },
	{ .name = "postern_in_hand", CELL(in_hand) },
	{ .name = "postern_places_held_seconds_total",
	    CELL(held_ms, .unit = MILLI) },
	{ .name = "postern_places_missed_seconds_total",
	    CELL(missed_ms, .unit = MILLI) },
	{ .name = "postern_connections_total",
	    CELLS(used, .label = label_connections) },
	{ .name = "postern_connections_kept", CELL(kept) },
	{ .name = "postern_lookups_total",
	    CELLS(looked_up, .label = label_lookups) },
	{ .name = "postern_queue_call_seconds",
	    TIMES(call_times, .label = label_calls) },
	{ .name = "postern_queue_batch_size",
	    .count = TALLY_CALLS,
	    .histograms = call_sizes,
	    .bounds = &metric_sizes,
	    .label = label_calls },
	{ .name = "postern_wakes_total", CELL(wakes) },
	{ .name = "postern_loop_turns_total", CELL(turns) },
};

void
tally_places(unsigned places)
{
	metric_set(&place_count, places);
}

void
tally_turn(unsigned worker, size_t count)
{
	metric_set(&worker_number, worker);
	metric_set(&in_hand, count);
	metric_set(&turned_ms, (uint64_t)clock_now_ms());
	metric_add(&turns, 1);
}

unsigned
tally_worker(void)
{
	return (unsigned)metric_get(&worker_number);
}

void
tally_woken(void)
{
	metric_add(&wakes, 1);
}

void
tally_call(enum tally_call call, size_t deliveries, long long us)
{
	metric_observe(&call_times[call], &metric_seconds, (uint64_t)us);
	metric_observe(&call_sizes[call], &metric_sizes, deliveries);
}

static void
count_verdict(const char *name)
{
	for (size_t i = 0; i < COUNT(verdicts); i++)
		if (strcmp(verdicts[i], name) == 0)
			metric_add(&by_verdict[i], 1);
}

/* Of times since the attempt began, 0: it did not get so far. */
static void
time_phase(int phase, int32_t began_us, int32_t ended_us)
{
	if (ended_us > 0)
		metric_observe(&by_phase[phase], &metric_seconds,
		    ended_us > began_us ? (uint64_t)(ended_us - began_us) : 0);
}

static void
time_phases(const struct attempt *a)
{
	int32_t ready_us = a->tls_us > 0 ? a->tls_us : a->connect_us;

	time_phase(NAME, 0, a->name_us);
	time_phase(CONNECT, a->name_us, a->connect_us);
	time_phase(TLS, a->connect_us, a->tls_us);
	time_phase(ANSWER, ready_us, a->first_us);
	time_phase(TOTAL, 0, a->total_us);
}

void
tally_attempt(const struct attempt *a)
{
	const struct retry_case ended = { a->verdict, a->retry_no,
		a->retry_after, &a->schedule };

	count_verdict(a->verdict->name);
	metric_add(&by_outcome[retry_policy_decide(&ended, 0).fate], 1);
	metric_add(&breaker_failures, a->verdict->hard);
	time_phases(a);
}

void
tally_sender(const struct http_client_figures *client,
    const struct scheduler_figures *places)
{
	metric_set(&in_flight, client->in_flight);
	metric_set(&kept, client->kept);
	metric_set(&used[MADE], client->on_new);
	metric_set(&used[KEPT], client->on_kept);
	metric_set(&looked_up[KNOWN], client->names.known);
	metric_set(&looked_up[ASKED], client->names.asked);
	metric_set(&held_ms, places->held_ms);
	metric_set(&missed_ms, places->missed_ms);
}

struct process_state
tally_state(void)
{
	return (struct process_state){ .worker = tally_worker(),
		.places = (unsigned)metric_get(&place_count),
		.in_flight = (unsigned)metric_get(&in_flight),
		.turned_ms =
		    clock_now_ms() - (long long)metric_get(&turned_ms) };
}

void
tally_write(FILE *out)
{
	metrics_write_process(out, "postern-delivery", PACKAGE_VERSION);
	metrics_write(out, rows, COUNT(rows));
}
