/* session_error.c - what the database refused, in words, with what to do. */
#include "cli/session_error.h"

#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "common/option_table.h"

#include "cli/command.h"
#include "cli/output.h"

/* By SQLSTATE, or the first of its characters; the first that fits. */
static const struct meaning {
	const char *prefix;
	int status;
	const char *advice; /* NULL: the server's own hint */
} meanings[] = {
	{ "42501", EXIT_FORBIDDEN, NULL },
	{ "3F000", EXIT_FAILURE,
	    "Postern is not installed in this database: name another with -d,\n"
	    "or run roles.sql and install.sql" },
	{ "42P01", EXIT_FAILURE,
	    "the schema of this database is older than this program: run this\n"
	    "version's install.sql" },
	{ "42883", EXIT_FAILURE,
	    "the schema of this database is older than this program: run this\n"
	    "version's install.sql" },
	{ "25006", EXIT_FAILURE,
	    "this server is a standby: name the primary with -h" },
	{ "57P", EXIT_AWAY, "the server shuts down: try again later" },
	{ "08", EXIT_AWAY, NULL },
	{ "22", EXIT_USAGE, NULL },
	{ "", EXIT_FAILURE, NULL },
};

static const struct meaning *
find_meaning(const char *state)
{
	const struct meaning *m = meanings;

	while (strncmp(state, m->prefix, strlen(m->prefix)) != 0)
		m++;
	return m;
}

int
session_error_of_dial(const struct pg_conn *conn)
{
	output_complain("%s", PQerrorMessage(conn));
	output_complain(
	    "the database is looked for as psql looks: name it with "
	    "-h, -p, -U and -d,\n"
	    "or PGHOST, PGPORT, PGUSER and PGDATABASE; root needs none of "
	    "them on its host,\n"
	    "and \"postern setup --admin ROLE\" lets others in");
	return EXIT_AWAY;
}

int
session_error_of_answer(const struct pg_conn *conn,
    const struct pg_result *result)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);
	const struct meaning *m;

	if (state == NULL) {
		output_complain("the connection to the database is lost: %s",
		    PQerrorMessage(conn));
		return EXIT_AWAY;
	}
	m = find_meaning(state);
	output_complain("%s", text == NULL ? "unknown error" : text);
	if (m->status == EXIT_FORBIDDEN)
		output_advise(
		    "as a superuser, GRANT postern_admin TO \"%s\" lets "
		    "it administer,\nGRANT postern_viewer TO \"%s\" "
		    "look",
		    PQuser(conn), PQuser(conn));
	else if (m->advice != NULL || hint != NULL)
		output_advise("%s", m->advice != NULL ? m->advice : hint);
	return m->status;
}
