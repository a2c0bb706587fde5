/* session.c - the database, as a person's program asks it. */
#include "cli/session.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "common/option_table.h"

#include "cli/output.h"
#include "cli/session_error.h"
#include "cli/slurp.h"
#include "cli/superuser.h"

#define DATABASE "postern" /* where none is named */
#define PROMPT_MAX_BYTES 256
#define PASSWORD_MAX_BYTES 1024

/* pg_type.dat of PostgreSQL: oids of types that have a form of their own. */
enum {
	TYPE_BOOL = 16,
	TYPE_INT8 = 20,
	TYPE_INT2 = 21,
	TYPE_INT4 = 23,
	TYPE_TEXT = 25,
	TYPE_FLOAT4 = 700,
	TYPE_FLOAT8 = 701,
	TYPE_TEXTS = 1009,
	TYPE_NUMERIC = 1700
};

/* Whoever looks takes no more than one processor from those who work. */
#define SETTINGS                                              \
	"SET search_path = pg_catalog, pg_temp; "             \
	"SET DateStyle = ISO; SET IntervalStyle = postgres; " \
	"SET jit = off; SET max_parallel_workers_per_gather = 0"

struct session {
	PGconn *conn;
	bool quiet; /* no notices */
};

static void
show_notice(void *arg, const PGresult *result)
{
	const struct session *s = arg;
	const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	if (!s->quiet && text != NULL)
		output_complain("%s", text);
}

/* A password in argv is in the process list. */
static bool
has_password(const char *conninfo)
{
	PQconninfoOption *options = PQconninfoParse(conninfo, NULL);
	bool found = false;

	for (PQconninfoOption *o = options; o != NULL && o->keyword != NULL;
	     o++)
		found |= o->val != NULL &&
		    (strcmp(o->keyword, "password") == 0 ||
			strcmp(o->keyword, "sslpassword") == 0);
	PQconninfoFree(options);
	return found;
}

/* The name of the database is in the environment or the service's file. */
static const char *
database_of(const struct invocation *call)
{
	const char *given = call->globals[GLOBAL_DBNAME];

	if (given != NULL)
		return given;
	return getenv("PGDATABASE") == NULL && getenv("PGSERVICE") == NULL
	    ? DATABASE
	    : NULL;
}

static PGconn *
dial(const struct invocation *call, const char *password)
{
	const char *keys[] = { "host", "port", "user", "dbname",
		"fallback_application_name", "client_encoding", "password",
		getenv("PGCONNECT_TIMEOUT") == NULL ? "connect_timeout" : NULL,
		NULL };
	const char *values[] = { call->globals[GLOBAL_HOST],
		call->globals[GLOBAL_PORT], call->globals[GLOBAL_USERNAME],
		database_of(call), "postern", "UTF8", password, "10", NULL };
	bool begun = superuser_begin(call);
	PGconn *conn = PQconnectdbParams(keys, values, 1);

	superuser_end(begun);
	return conn;
}

/* As psql does, ask for the password if the server wants one. */
static PGconn *
dial_or_ask(const struct invocation *call)
{
	char prompt[PROMPT_MAX_BYTES], password[PASSWORD_MAX_BYTES];
	PGconn *conn = dial(call, NULL);

	if (conn == NULL || PQstatus(conn) == CONNECTION_OK ||
	    !PQconnectionNeedsPassword(conn))
		return conn;
	snprintf(prompt, sizeof prompt, "Password for role %s: ", PQuser(conn));
	if (slurp_hidden_line(prompt, password, sizeof password)) {
		PQfinish(conn);
		conn = dial(call, password);
	}
	explicit_bzero(password, sizeof password);
	return conn;
}

int
session_open(const struct invocation *call, struct session **session)
{
	const char *dbname = call->globals[GLOBAL_DBNAME];
	struct session *s;
	struct answer none = { .result = NULL };
	int status;

	if (dbname != NULL && has_password(dbname)) {
		output_complain("a password in --dbname would show in the "
				"process list: put it in a passfile "
				"(~/.pgpass)");
		return EXIT_USAGE;
	}
	s = calloc(1, sizeof *s);
	if (s == NULL || (s->conn = dial_or_ask(call)) == NULL) {
		output_complain("out of memory");
		free(s);
		return EXIT_FAILURE;
	}
	s->quiet = !output_is_table(call);
	PQsetNoticeReceiver(s->conn, show_notice, s);
	status = PQstatus(s->conn) == CONNECTION_OK
	    ? session_ask(s, SETTINGS, NULL, 0, &none)
	    : session_error_of_dial(s->conn);
	answer_clear(&none);
	if (status == EXIT_SUCCESS)
		*session = s;
	else
		session_close(s);
	return status;
}

void
session_close(struct session *session)
{
	if (session == NULL)
		return;
	PQfinish(session->conn);
	free(session);
}

/*
 * Wait until all of the answer is there. False: a signal came that is to end
 * the program, once it is unblocked, and what the server did was ended first.
 */
static bool
await_answer(PGconn *conn, int signals)
{
	struct pollfd fds[] = { { .fd = PQsocket(conn), .events = POLLIN },
		{ .fd = signals, .events = POLLIN } };

	while (PQflush(conn) >= 0 && PQisBusy(conn) == 1) {
		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[1].revents != 0) {
			PGcancel *cancel = PQgetCancel(conn);
			char why[256];

			PQcancel(cancel, why, sizeof why);
			PQfreeCancel(cancel);
			return false;
		}
		if (fds[0].revents != 0 && PQconsumeInput(conn) != 1)
			break;
	}
	return true;
}

/* The last result, or the one that failed. */
static PGresult *
take_result(PGconn *conn)
{
	PGresult *last = NULL, *next;

	while ((next = PQgetResult(conn)) != NULL) {
		bool failed = PQresultStatus(next) == PGRES_FATAL_ERROR;

		PQclear(last);
		last = next;
		if (failed && PQstatus(conn) != CONNECTION_OK)
			break;
	}
	return last;
}

static PGresult *
ask(PGconn *conn, const char *sql, const char *const *values, size_t count)
{
	sigset_t stops, before;
	int signals, sent;
	PGresult *result = NULL;

	sigemptyset(&stops);
	sigaddset(&stops, SIGINT);
	sigaddset(&stops, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &stops, &before);
	signals = signalfd(-1, &stops, SFD_CLOEXEC);
	sent = values == NULL ? PQsendQuery(conn, sql)
			      : PQsendQueryParams(conn, sql, (int)count, NULL,
				    values, NULL, NULL, 0);
	if (sent == 1 && await_answer(conn, signals))
		result = take_result(conn);
	if (signals >= 0)
		close(signals);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return result;
}

static const char *
cell(const void *from, size_t row, size_t column)
{
	const PGresult *result = from;

	if (PQgetisnull(result, (int)row, (int)column))
		return NULL;
	return PQgetvalue(result, (int)row, (int)column);
}

static enum grid_kind
kind_of(const PGresult *result, int column)
{
	const char *name = PQfname(result, column);
	size_t n = strlen(name);

	switch (PQftype(result, column)) {
	case TYPE_BOOL:
		return GRID_BOOLEAN;
	case TYPE_INT2:
	case TYPE_INT4:
	case TYPE_INT8:
	case TYPE_FLOAT4:
	case TYPE_FLOAT8:
	case TYPE_NUMERIC:
		return GRID_NUMBER;
	case TYPE_TEXT:
	case TYPE_TEXTS:
		return strcmp(name + (n < 2 ? 0 : n - 2), "id") == 0
		    ? GRID_WHOLE
		    : GRID_TEXT;
	default:
		return GRID_WHOLE;
	}
}

static void
fill(struct answer *answer, PGresult *result)
{
	int width = PQnfields(result);

	if (width > SESSION_COLUMNS_MAX)
		width = SESSION_COLUMNS_MAX;
	for (int c = 0; c < width; c++)
		answer->columns[c] = (struct grid_column){
			.name = PQfname(result, c),
			.kind = kind_of(result, c),
		};
	answer->result = result;
	answer->grid = (struct grid){ .columns = answer->columns,
		.width = (size_t)width,
		.height = (size_t)PQntuples(result),
		.cell = cell,
		.from = result };
}

int
session_ask(struct session *session, const char *sql, const char *const *values,
    size_t count, struct answer *answer)
{
	PGresult *result = ask(session->conn, sql, values, count);
	ExecStatusType got = PQresultStatus(result);
	int status;

	if (got == PGRES_TUPLES_OK || got == PGRES_COMMAND_OK) {
		fill(answer, result);
		return EXIT_SUCCESS;
	}
	status = session_error_of_answer(session->conn, result);
	PQclear(result);
	return status;
}

int
session_run(struct session *session, const char *sql, const char *const *values,
    size_t count)
{
	struct answer statement = { .result = NULL }, none = { .result = NULL };
	int status = session_ask(session, sql, values, count, &statement);

	if (status == EXIT_SUCCESS && answer_text(&statement, 0, 0) != NULL)
		status = session_ask(session, answer_text(&statement, 0, 0),
		    NULL, 0, &none);
	answer_clear(&none);
	answer_clear(&statement);
	return status;
}

void
answer_clear(struct answer *answer)
{
	PQclear(answer->result);
	answer->result = NULL;
}

const char *
answer_text(const struct answer *answer, size_t row, size_t column)
{
	if (row >= answer->grid.height || column >= answer->grid.width)
		return NULL;
	return cell(answer->result, row, column);
}
