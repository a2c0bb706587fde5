/* doctor.c - what may be wrong, on this host and in the database. */
#include "cli/doctor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/compiler.h"
#include "common/option_table.h"
#include "common/pg_dial.h"

#include "cli/findings.h"
#include "cli/host_checks.h"
#include "cli/output.h"
#include "cli/session.h"
#include "cli/superuser.h"

#define SECONDS_OFF 5

const struct command_option doctor_options[] = {
	{ .name = "settings",
	    .value = "DIRECTORY",
	    .fallback = "/etc/postern",
	    .help = "where the programs' settings are" },
	{ .name = "socket",
	    .value = "PATH",
	    .fallback = "/run/postern/responder.sock",
	    .help = "where the responder listens" },
	{ .name = "all", .help = "show also what is good" },
	{ .name = NULL },
};

/*
 * What the caller sees and the owner of the schema does not: sessions of others
 * are for members of pg_read_all_stats.
 */
static const char checkup[] =
    "SELECT c.what, c.state, c.found, c.advice FROM postern.checkup() AS c "
    "UNION ALL SELECT 'feed', "
    "CASE count(*) WHEN 0 THEN 'good' ELSE 'look' END, "
    "CASE count(*) WHEN 0 THEN 'no publisher is open for long' "
    "ELSE count(*) || ' transactions have published and are open for more "
    "than a minute' END, CASE count(*) WHEN 0 THEN NULL ELSE "
    "'/v1/events waits for them: \"postern publishing\" has them' END "
    "FROM postern.publishing AS p WHERE p.since < now() - interval '1 min'";

static const char facts[] =
    "SELECT extract(epoch FROM clock_timestamp())::bigint, "
    "(SELECT max(m.value)::bigint FROM postern.metrics() AS m "
    "WHERE m.name = 'postern_schema_version')";

static void
add_rows(struct findings *findings, const struct answer *answer)
{
	for (size_t r = 0; r < answer->grid.height; r++)
		findings_add(findings, answer_text(answer, r, 0),
		    findings_state(answer_text(answer, r, 1)),
		    answer_text(answer, r, 3), "%s", answer_text(answer, r, 2));
}

static void
add_facts(struct findings *findings, const struct answer *answer)
{
	long long off = strtoll(answer_text(answer, 0, 0), NULL, 10) -
	    (long long)time(NULL);
	const char *schema = answer_text(answer, 0, 1);
	long found = schema == NULL ? 0 : strtol(schema, NULL, 10);

	findings_add(findings, "schema",
	    found == PG_DIAL_SCHEMA ? FINDING_GOOD : FINDING_BAD,
	    found < PG_DIAL_SCHEMA
		? "run install.sql of this version"
		: "install the programs of the schema's version",
	    "the database has schema %ld, this program is made for %d", found,
	    PG_DIAL_SCHEMA);
	findings_add(findings, "this host's clock",
	    llabs(off) <= SECONDS_OFF ? FINDING_GOOD : FINDING_BAD,
	    "receivers refuse what is signed by a wrong clock: set it, by NTP",
	    "it differs from the database's by %lld s", llabs(off));
}

static int
look_into_database(const struct invocation *call, struct findings *findings)
{
	struct session *session = NULL;
	struct answer rows = { .result = NULL }, now = { .result = NULL };
	int status = session_open(call, &session);

	if (status == EXIT_SUCCESS)
		status = session_ask(session, facts, NULL, 0, &now);
	if (status == EXIT_SUCCESS) {
		add_facts(findings, &now);
		status = session_ask(session, checkup, NULL, 0, &rows);
	}
	if (status == EXIT_SUCCESS)
		add_rows(findings, &rows);
	else
		findings_add(findings, "database", FINDING_BAD,
		    "see what is said above", "it cannot be looked into");
	answer_clear(&rows);
	answer_clear(&now);
	session_close(session);
	return status;
}

int
doctor_run(const struct invocation *call)
{
	static struct findings findings;
	struct grid grid;
	int status;

	host_checks(&findings, invocation_value(call, "settings"),
	    invocation_value(call, "socket"));
	status = superuser_become(call) ? look_into_database(call, &findings)
					: EXIT_FAILURE;
	grid = findings_grid(&findings);
	if (output_is_table(call))
		findings_write(stdout, &findings,
		    invocation_value(call, "all") != NULL);
	else
		output_grid(call, &grid);
	if (status == EXIT_SUCCESS &&
	    findings_count(&findings, FINDING_BAD) > 0)
		status = EXIT_FAILURE;
	return status;
}
