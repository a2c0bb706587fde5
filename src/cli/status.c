/* status.c - one screen of how things are, also again and again. */
#include "cli/status.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "common/compiler.h"
#include "common/option_table.h"

#include "cli/json_text.h"
#include "cli/output.h"
#include "cli/session.h"

#define SECONDS_MOST 3600
#define HEIGHT_USUAL 24
#define SQL_MAX 2048

/* Of an escape sequence: to the top, to the end of the line, of the screen. */
#define HOME "\033[H"
#define REST_OF_LINE "\033[K"
#define REST_OF_SCREEN "\033[J"

const struct command_option status_options[] = {
	{ .name = "watch", .help = "again and again, until Ctrl-C" },
	{ .name = "every",
	    .value = "SECONDS",
	    .fallback = "2",
	    .help = "how often, with --watch" },
	{ .name = NULL },
};

#define NO_WORKER "None is connected: start postern-delivery."

/* No queue is counted: see sql/functions/metrics.sql. */
static const struct section {
	const char *name, *title;
	const char *empty; /* NULL: not shown if it is */
	const char *sql;
} sections[] = {
	{ "rates", "A second, over the last ten", NULL,
	    "SELECT round(r.published::numeric, 1) AS published, "
	    "round(r.attempts::numeric, 1) AS attempts, "
	    "round(r.taken::numeric, 1) AS taken, "
	    "round(r.failed::numeric, 1) AS failed, "
	    "date_trunc('milliseconds', r.median) AS median "
	    "FROM postern.rates() AS r" },
	{ "owed", "Deliveries owed, of which fresh and waiting are estimated",
	    NULL,
	    "SELECT make_interval(secs => round(max(m.value) FILTER "
	    "(WHERE m.name = 'postern_owed_oldest_seconds'))) AS "
	    "oldest, max(m.value) FILTER (WHERE m.name = "
	    "'postern_owed_estimate' AND m.labels = "
	    "'queue=\"fresh\"')::bigint AS fresh, max(m.value) FILTER "
	    "(WHERE m.name = 'postern_owed_estimate' AND m.labels = "
	    "'queue=\"backlog\"')::bigint AS waiting, max(m.value) "
	    "FILTER (WHERE m.name = 'postern_owed_estimate' AND "
	    "m.labels = 'queue=\"in_flight\"')::bigint AS in_flight, "
	    "max(m.value) FILTER (WHERE m.name = "
	    "'postern_tasks')::bigint AS tasks FROM postern.metrics() "
	    "AS m" },
	{ "webhooks", "Webhooks, and days with partitions", NULL,
	    "SELECT max(m.value) FILTER (WHERE m.name = "
	    "'postern_webhooks' AND m.labels = "
	    "'state=\"enabled\"')::bigint AS enabled, max(m.value) "
	    "FILTER (WHERE m.name = 'postern_webhooks' AND m.labels = "
	    "'state=\"disabled\"')::bigint AS disabled, sum(m.value) "
	    "FILTER (WHERE m.name = "
	    "'postern_webhooks_disabled_last_hour')::bigint AS "
	    "disabled_last_hour, min(m.value) FILTER (WHERE m.name = "
	    "'postern_partitions_ahead')::bigint AS days_ahead "
	    "FROM postern.metrics() AS m" },
	{ "workers", "Workers", NO_WORKER,
	    "SELECT w.number, w.host, w.in_flight, w.places, w.connected, "
	    "date_trunc('seconds', now() - w.since) AS up, "
	    "date_trunc('seconds', now() - w.last_turn) AS last_turn "
	    "FROM postern.workers AS w ORDER BY w.number" },
	{ "failing", "Webhooks that fail worst", NULL,
	    "SELECT w.account, w.url, w.failures, date_trunc('seconds', "
	    "now() - w.failing_since) AS failing_for, w.reason, "
	    "w.webhook_id FROM postern.worst_webhooks AS w LIMIT 5" },
	{ "in_the_way", "Sessions that are open for long, or wait for a lock",
	    NULL,
	    "SELECT a.pid, a.usename::text AS username, "
	    "a.application_name AS application, date_trunc('seconds', "
	    "now() - a.xact_start) AS open_for, "
	    "array_to_string(pg_blocking_pids(a.pid), ' ') AS waits_for "
	    "FROM pg_stat_activity AS a WHERE a.datname = "
	    "current_database() AND a.backend_type = 'client backend' "
	    "AND a.pid <> pg_backend_pid() AND (a.xact_start < now() - "
	    "interval '10 s' OR a.wait_event_type = 'Lock') ORDER BY "
	    "a.xact_start LIMIT 5" },
};

/* Columns that a narrow terminal does without, one after the other. */
static const char *const spare[] = { "account", "failing_for" };

/* The answers to all of them. */
struct picture {
	struct answer answers[COUNT(sections)];
};

static void
picture_clear(struct picture *picture)
{
	for (size_t i = 0; i < COUNT(sections); i++)
		answer_clear(&picture->answers[i]);
}

static int
ask_all(const struct invocation *call, struct session *session,
    struct picture *picture)
{
	bool json = call->globals[GLOBAL_JSON] != NULL;
	int status = EXIT_SUCCESS;

	for (size_t i = 0; i < COUNT(sections) && status == EXIT_SUCCESS; i++) {
		char sql[SQL_MAX];

		snprintf(sql, sizeof sql, "%s%s%s",
		    json ? "SELECT coalesce(json_agg(q), '[]') FROM (" : "",
		    sections[i].sql, json ? ") AS q" : "");
		status =
		    session_ask(session, sql, NULL, 0, &picture->answers[i]);
	}
	return status;
}

/* One object on a line. */
static void
write_json(const struct picture *picture)
{
	for (size_t i = 0; i < COUNT(sections); i++) {
		printf("%s\"%s\":", i == 0 ? "{" : ",", sections[i].name);
		json_text_copy(stdout, answer_text(&picture->answers[i], 0, 0));
	}
	fputs("}\n", stdout);
}

static void
hide(struct answer *answer, const char *name)
{
	for (size_t c = 0; c < answer->grid.width; c++)
		if (strcmp(answer->columns[c].name, name) == 0)
			answer->columns[c].hidden = true;
}

/* As a table, so that all of it stays one screen. */
static void
write_table(FILE *to, struct answer *answer, const struct grid_form *form)
{
	for (size_t i = 0; i < COUNT(spare); i++)
		if (!grid_fits(&answer->grid, form))
			hide(answer, spare[i]);
	grid_write_table(to, &answer->grid, form);
}

static void
write_sections(const struct invocation *call, FILE *to, struct picture *picture)
{
	struct grid_form form = output_form(call);
	bool first = true;

	for (size_t i = 0; i < COUNT(sections); i++) {
		const struct grid *grid = &picture->answers[i].grid;

		if (grid->height == 0 && sections[i].empty == NULL)
			continue;
		fprintf(to, "%s%s:\n", first ? "" : "\n", sections[i].title);
		first = false;
		if (grid->height == 0)
			fprintf(to, "%s\n", sections[i].empty);
		else
			write_table(to, &picture->answers[i], &form);
	}
}

static unsigned
terminal_height(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 1)
		return size.ws_row;
	return HEIGHT_USUAL;
}

/* Over what is there, as much as fits, so that nothing flickers or scrolls. */
static void
write_over(char *text)
{
	unsigned left = terminal_height() - 1;

	fputs(HOME, stdout);
	for (char *line = text; *line != '\0' && left > 0; left--) {
		size_t n = strcspn(line, "\n");

		printf("%.*s" REST_OF_LINE "\n", (int)n, line);
		line += n + (line[n] == '\n');
	}
	fputs(REST_OF_SCREEN, stdout);
}

static void
write_screen(const struct invocation *call, struct picture *picture)
{
	char *text = NULL;
	size_t size;
	FILE *to;

	if (invocation_value(call, "watch") == NULL || !isatty(STDOUT_FILENO)) {
		write_sections(call, stdout, picture);
		return;
	}
	to = open_memstream(&text, &size);
	if (to == NULL)
		return;
	write_sections(call, to, picture);
	if (fclose(to) == 0)
		write_over(text);
	free(text);
}

static int
look(const struct invocation *call, struct session *session)
{
	struct picture picture = { .answers = { { .result = NULL } } };
	int status = ask_all(call, session, &picture);

	if (status == EXIT_SUCCESS) {
		if (call->globals[GLOBAL_JSON] != NULL)
			write_json(&picture);
		else
			write_screen(call, &picture);
		status = output_end(status);
	}
	picture_clear(&picture);
	return status;
}

static int
read_options(const struct invocation *call, struct timespec *pause)
{
	const char *every = invocation_value(call, "every");
	unsigned seconds;

	if (call->globals[GLOBAL_CSV] != NULL) {
		output_complain("status is several tables: it has no CSV, but "
				"--json");
		return EXIT_USAGE;
	}
	if (!option_number(every, SECONDS_MOST, &seconds)) {
		output_complain("--every: must be 1 to %d seconds",
		    SECONDS_MOST);
		return EXIT_USAGE;
	}
	*pause = (struct timespec){ .tv_sec = (time_t)seconds };
	return EXIT_SUCCESS;
}

int
status_run(const struct invocation *call)
{
	bool watch = invocation_value(call, "watch") != NULL;
	struct session *session = NULL;
	struct timespec pause;
	int status = read_options(call, &pause);

	if (status == EXIT_SUCCESS)
		status = session_open(call, &session);
	if (status == EXIT_SUCCESS)
		status = look(call, session);
	while (status == EXIT_SUCCESS && watch) {
		nanosleep(&pause, NULL);
		if (output_is_table(call) && !isatty(STDOUT_FILENO))
			fputc('\n', stdout);
		status = look(call, session);
	}
	session_close(session);
	return status;
}
