/* metric_list.c - what there is to measure: a row for each metric. */
#include "common/metric_list.h"

#include <stdbool.h>
#include <string.h>

#include "common/compiler.h"

const struct metric_family metric_families[] = {
	/* of this very page */
	{ "postern_database_up", METRIC_GAUGE,
	    "1: the database answered; 0: nothing is known of it." },
	{ "postern_database_scrape_seconds", METRIC_GAUGE,
	    "How long its answer took." },

	/* of every process */
	{ "postern_build_info", METRIC_GAUGE,
	    "1, with the program and its version." },
	{ "postern_process_start_time_seconds", METRIC_GAUGE,
	    "When the process started, in seconds since 1970." },
	{ "postern_process_cpu_seconds_total", METRIC_COUNTER,
	    "Processor time that it used." },
	{ "postern_process_resident_memory_bytes", METRIC_GAUGE,
	    "Memory that it has." },

	/* of postern-responder */
	{ "postern_http_requests_total", METRIC_COUNTER,
	    "Requests answered, by route and status." },
	{ "postern_http_request_duration_seconds", METRIC_HISTOGRAM,
	    "From the request's headers to its answer, by route." },
	{ "postern_http_refusals_total", METRIC_COUNTER,
	    "Requests refused, by the code that the answer has." },
	{ "postern_responder_threads", METRIC_GAUGE,
	    "Requests that it can serve at one time." },
	{ "postern_responder_threads_busy", METRIC_GAUGE,
	    "Requests that it serves." },
	{ "postern_group_commit_batch_size", METRIC_HISTOGRAM,
	    "Registrations written in one statement." },
	{ "postern_group_commit_batches_total", METRIC_COUNTER,
	    "Such statements, by how they ended." },
	{ "postern_group_commit_wait_seconds", METRIC_HISTOGRAM,
	    "How long a registration waited for its reply." },
	{ "postern_publish_batch_size", METRIC_HISTOGRAM,
	    "Requests to publish written in one statement." },
	{ "postern_publish_batches_total", METRIC_COUNTER,
	    "Such statements, by how they ended." },
	{ "postern_publish_wait_seconds", METRIC_HISTOGRAM,
	    "How long a request to publish waited for its reply." },
	{ "postern_database_connections", METRIC_GAUGE,
	    "Connections for other calls: open, and in use." },
	{ "postern_database_connects_total", METRIC_COUNTER,
	    "How often one of these was made." },

	/* of postern-delivery */
	{ "postern_attempts_total", METRIC_COUNTER,
	    "Attempts that ended, by what was made of the answer." },
	{ "postern_attempt_phase_seconds", METRIC_HISTOGRAM,
	    "How long each phase of an attempt took." },
	{ "postern_outcomes_total", METRIC_COUNTER,
	    "What became of deliveries after an attempt." },
	{ "postern_breaker_failures_total", METRIC_COUNTER,
	    "Attempts whose failure makes their webhook cool down." },
	{ "postern_places", METRIC_GAUGE,
	    "Requests that it can have in flight at one time." },
	{ "postern_in_flight", METRIC_GAUGE, "Requests in flight." },
	{ "postern_in_hand", METRIC_GAUGE,
	    "Deliveries claimed and not yet recorded." },
	{ "postern_places_held_seconds_total", METRIC_COUNTER,
	    "Time that places were in use, added up." },
	{ "postern_places_missed_seconds_total", METRIC_COUNTER,
	    "Time that places were empty while something could go." },
	{ "postern_connections_total", METRIC_COUNTER,
	    "Requests sent on a connection made for them, or a kept one." },
	{ "postern_connections_kept", METRIC_GAUGE,
	    "Connections open that no request uses." },
	{ "postern_lookups_total", METRIC_COUNTER,
	    "Names looked up: known already, or asked for." },
	{ "postern_queue_call_seconds", METRIC_HISTOGRAM,
	    "How long calls of the queue took." },
	{ "postern_queue_batch_size", METRIC_HISTOGRAM,
	    "Deliveries in one such call." },
	{ "postern_wakes_total", METRIC_COUNTER,
	    "How often a publisher's notification came." },
	{ "postern_loop_turns_total", METRIC_COUNTER,
	    "Turns of the worker's main loop." },

	/* of the database: sql/functions/metrics.sql */
	{ "postern_owed_oldest_seconds", METRIC_GAUGE,
	    "How long the oldest delivery that could go out now has waited." },
	{ "postern_owed_estimate", METRIC_GAUGE,
	    "Deliveries owed, estimated from the server's statistics." },
	{ "postern_notes_estimate", METRIC_GAUGE,
	    "Notes left for a lane that was locked, estimated." },
	{ "postern_dead_rows_estimate", METRIC_GAUGE,
	    "Dead rows of the queue's tables, estimated." },
	{ "postern_messages_published_total", METRIC_COUNTER,
	    "Messages published, and those rolled back." },
	{ "postern_deliveries_published_total", METRIC_COUNTER,
	    "Deliveries owed by these." },
	{ "postern_filter_failures_total", METRIC_COUNTER,
	    "Events for which a webhook's filter could not tell." },
	{ "postern_partitions_ahead", METRIC_GAUGE,
	    "Days from tomorrow on that have a partition; -1: not today." },
	{ "postern_upkeep_age_seconds", METRIC_GAUGE,
	    "Since a worker last looked at the clock and the partitions." },
	{ "postern_tasks", METRIC_GAUGE,
	    "Replays and the like that go on, 10000 at most." },
	{ "postern_processes", METRIC_GAUGE,
	    "Processes that run and report to this database." },
	{ "postern_webhooks", METRIC_GAUGE,
	    "Webhooks: enabled estimated, others counted to 10000." },
	{ "postern_webhooks_disabled_last_hour", METRIC_GAUGE,
	    "Webhooks disabled in the last hour, by whom." },
	{ "postern_keys", METRIC_GAUGE,
	    "Keys that secrets are sealed for, or deliveries signed with." },
	{ "postern_key_age_seconds", METRIC_GAUGE,
	    "Since the key in use was added." },
	{ "postern_xmin_age_transactions", METRIC_GAUGE,
	    "How many transactions vacuum is held back, by what." },
	{ "postern_oldest_transaction_seconds", METRIC_GAUGE,
	    "Age of the oldest open transaction, and whose it is." },
	{ "postern_replication_lag_bytes", METRIC_GAUGE,
	    "What a standby has yet to replay." },
	{ "postern_replication_lag_seconds", METRIC_GAUGE,
	    "How far a standby is behind." },
	{ "postern_schema_version", METRIC_GAUGE,
	    "The newest migration of the schema." },
};
const size_t metric_family_count = COUNT(metric_families);

static bool
is_name(struct text name, const char *whole, const char *suffix)
{
	size_t length = strlen(whole), more = strlen(suffix);

	return name.length == length + more &&
	    memcmp(name.start, whole, length) == 0 &&
	    memcmp(name.start + length, suffix, more) == 0;
}

static bool
is_of(struct text name, const struct metric_family *f)
{
	if (f->kind != METRIC_HISTOGRAM)
		return is_name(name, f->name, "");
	return is_name(name, f->name, "_bucket") ||
	    is_name(name, f->name, "_sum") || is_name(name, f->name, "_count");
}

size_t
metric_list_find(struct text name)
{
	size_t i = 0;

	while (i < metric_family_count && !is_of(name, &metric_families[i]))
		i++;
	return i;
}
