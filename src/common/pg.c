/* pg.c - libpq wrapper: one connection, and nothing waits for ever. */
#include "common/pg.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libpq-fe.h>

#include "common/clock.h"

/*
 * Set for the session, so that no default of the server's, the database's or
 * the role's can surprise us; what this server does not have is left out.
 */
static const char settings[] =
    "SELECT pg_catalog.set_config(name, value, false) FROM (VALUES "
    "('search_path', 'pg_catalog, pg_temp'), "
    "('statement_timeout', '3000'), "
    "('lock_timeout', '2500'), "
    "('idle_in_transaction_session_timeout', '10000'), "
    "('idle_session_timeout', '0'), "
    "('transaction_timeout', '0'), "
    "('client_min_messages', 'warning'), "
    "('default_transaction_isolation', 'read committed'), "
    "('default_transaction_deferrable', 'off'), "
    "('DateStyle', 'ISO, MDY'), "
    "('IntervalStyle', 'postgres'), "
    "('TimeZone', 'UTC'), "
    "('standard_conforming_strings', 'on'), "
    "('array_nulls', 'on'), "
    "('extra_float_digits', '1'), "
    "('bytea_output', 'hex')) AS s (name, value) "
    "WHERE pg_catalog.current_setting(name, true) IS NOT NULL";

static bool
has_password(const char *conninfo, char *why, size_t why_size)
{
	char *message = NULL;
	PQconninfoOption *options = PQconninfoParse(conninfo, &message);
	bool found = options == NULL;

	if (options == NULL)
		snprintf(why, why_size,
		    "not a connection string of libpq, "
		    "such as \"host=/run/postgresql dbname=postern\"");
	for (PQconninfoOption *o = options; o != NULL && o->keyword != NULL;
	     o++)
		if (o->val != NULL &&
		    (strcmp(o->keyword, "password") == 0 ||
			strcmp(o->keyword, "sslpassword") == 0)) {
			snprintf(why, why_size,
			    "a password in it would show "
			    "in the process list: put it in a passfile");
			found = true;
		}
	PQconninfoFree(options);
	PQfreemem(message);
	return found;
}

bool
pg_conninfo(const char *conninfo, char *why, size_t why_size)
{
	if (getenv("PGPASSWORD") != NULL) {
		snprintf(why, why_size,
		    "PGPASSWORD is in the environment, "
		    "where others may read it: put it in a passfile");
		return false;
	}
	return !has_password(conninfo, why, why_size);
}

static void
drop_notice(void *arg, const PGresult *res)
{
	(void)arg;
	(void)res;
}

/*
 * A connection in the making, by a thread of its own: libpq looks up names and
 * tickets without a time limit. Whoever is last of the two frees it.
 */
struct dial {
	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t ended;
	char *conninfo, *application;
	PGconn *conn;
	bool done;      /* conn is what became of it */
	bool abandoned; /* nobody waits any longer */
};

static void
free_dial(struct dial *d)
{
	if (d == NULL)
		return;
	PQfinish(d->conn);
	free(d->conninfo);
	free(d->application);
	free(d);
}

static PGconn *
connect_with_limits(const char *conninfo, const char *application)
{
	char seconds[16];
	const char *keys[] = { "connect_timeout", "keepalives_idle",
		"keepalives_interval", "keepalives_count", "tcp_user_timeout",
		"target_session_attrs", "fallback_application_name",
		"client_encoding", "dbname", NULL };
	const char *values[] = { seconds, "30", "10", "3", "4000", "read-write",
		application, "UTF8", conninfo, NULL };

	snprintf(seconds, sizeof seconds, "%d", PG_DIAL_SECONDS);
	return PQconnectdbParams(keys, values, 1);
}

static void *
run_dial(void *arg)
{
	struct dial *d = arg;
	PGconn *conn = connect_with_limits(d->conninfo, d->application);
	bool abandoned;

	pthread_mutex_lock(&d->lock);
	d->conn = conn;
	d->done = true;
	abandoned = d->abandoned;
	pthread_cond_signal(&d->ended);
	pthread_mutex_unlock(&d->lock);
	if (abandoned)
		free_dial(d);
	return NULL;
}

static struct dial *
begin_dial(const char *conninfo, const char *application)
{
	struct dial *d = calloc(1, sizeof *d);
	pthread_t thread;

	if (d == NULL)
		return NULL;
	pthread_mutex_init(&d->lock, NULL);
	clock_cond_init(&d->ended);
	d->conninfo = strdup(conninfo);
	d->application = strdup(application);
	if (d->conninfo != NULL && d->application != NULL &&
	    pthread_create(&thread, NULL, run_dial, d) == 0) {
		pthread_detach(thread);
		return d;
	}
	free_dial(d);
	return NULL;
}

/* The connection, be it good or bad. NULL: why says why there is none. */
static PGconn *
connect_in_time(const char *conninfo, const char *application, char *why,
    size_t why_size)
{
	struct timespec until = clock_deadline(PG_DIAL_MOST_SECONDS * 1000);
	struct dial *d = begin_dial(conninfo, application);
	PGconn *conn = NULL;
	bool done;

	if (d == NULL) {
		snprintf(why, why_size, "out of memory");
		return NULL;
	}
	pthread_mutex_lock(&d->lock);
	while (!d->done &&
	    pthread_cond_timedwait(&d->ended, &d->lock, &until) == 0)
		continue;
	done = d->done;
	d->abandoned = !done;
	if (done) {
		conn = d->conn;
		d->conn = NULL;
	}
	pthread_mutex_unlock(&d->lock);
	if (done)
		free_dial(d);
	if (conn == NULL)
		snprintf(why, why_size, "%s",
		    done ? "out of memory"
			 : "the host's name is not found in time, "
			   "or no host of that name answers");
	return conn;
}

static bool
has_status(PGresult *res, ExecStatusType wanted)
{
	bool ok = PQresultStatus(res) == wanted;

	PQclear(res);
	return ok;
}

/* On one line, without blanks at the end. */
void
pg_error(PGconn *conn, char *why, size_t why_size)
{
	size_t n;

	snprintf(why, why_size, "%s",
	    conn == NULL ? "out of memory" : PQerrorMessage(conn));
	if (*why == '\0')
		snprintf(why, why_size, "the server does not answer");
	for (n = strlen(why); n > 0 && why[n - 1] == '\n'; n--)
		why[n - 1] = '\0';
	for (char *p = why; *p != '\0'; p++)
		if (*p == '\n' || *p == '\t')
			*p = ' ';
}

/* Wait until the socket is ready for events, or the deadline has passed. */
static bool
await_socket(PGconn *conn, short events, long long deadline)
{
	struct pollfd p = { .fd = PQsocket(conn), .events = events };
	int n;

	do {
		long long left = deadline - clock_now_ms();

		n = left <= 0 ? 0 : poll(&p, 1, (int)left);
	} while (n == -1 && errno == EINTR);
	return n > 0;
}

bool
pg_alive(PGconn *conn)
{
	struct pollfd p = { .fd = PQsocket(conn), .events = POLLIN };

	/* behind the last words of one that was closed is its end */
	while (poll(&p, 1, 0) > 0)
		if (PQconsumeInput(conn) == 0)
			return false;
	return PQstatus(conn) == CONNECTION_OK;
}

bool
pg_flush(PGconn *conn, long long deadline)
{
	for (;;) {
		int left = PQflush(conn);

		if (left <= 0)
			return left == 0;
		if (!await_socket(conn, POLLIN | POLLOUT, deadline) ||
		    PQconsumeInput(conn) == 0)
			return false;
	}
}

/* The next result in res, NULL: no more. False: lost, or out of time. */
static bool
next_result(PGconn *conn, long long deadline, PGresult **res)
{
	while (PQisBusy(conn))
		if (!await_socket(conn, POLLIN, deadline) ||
		    PQconsumeInput(conn) == 0)
			return false;
	*res = PQgetResult(conn);
	return true;
}

PGresult *
pg_receive_rows(PGconn *conn, long long deadline,
    void (*show)(const PGresult *row, void *arg), void *arg)
{
	PGresult *kept = NULL, *res;

	for (;;) {
		if (!next_result(conn, deadline, &res))
			goto lost;
		if (res == NULL)
			break;
		if (PQresultStatus(res) == PGRES_SINGLE_TUPLE) {
			if (show != NULL)
				show(res, arg);
			PQclear(res);
		} else if (kept == NULL ||
		    PQresultStatus(res) == PGRES_FATAL_ERROR) {
			PQclear(kept);
			kept = res;
		} else {
			PQclear(res);
		}
	}
	if (PQstatus(conn) == CONNECTION_OK &&
	    PQtransactionStatus(conn) == PQTRANS_IDLE)
		return kept;
lost:
	PQclear(kept);
	return NULL;
}

PGresult *
pg_receive(PGconn *conn, long long deadline)
{
	return pg_receive_rows(conn, deadline, NULL, NULL);
}

/* The result of a statement just sent; false when it is not as wanted. */
static bool
finish_statement(PGconn *conn, int sent, ExecStatusType wanted)
{
	long long deadline = clock_now_ms() + PG_DIAL_SECONDS * 1000;

	return sent == 1 && pg_flush(conn, deadline) &&
	    has_status(pg_receive(conn, deadline), wanted);
}

PGconn *
pg_dial(const char *conninfo, const char *application, char *why,
    size_t why_size)
{
	PGconn *conn = connect_in_time(conninfo, application, why, why_size);

	if (conn == NULL)
		return NULL;
	PQsetNoticeReceiver(conn, drop_notice, NULL);
	if (PQstatus(conn) == CONNECTION_OK && PQsetnonblocking(conn, 1) == 0 &&
	    finish_statement(conn, PQsendQuery(conn, settings),
		PGRES_TUPLES_OK))
		return conn;
	pg_error(conn, why, why_size);
	PQfinish(conn);
	return NULL;
}

bool
pg_run(PGconn *conn, const char *sql, char *why, size_t why_size)
{
	if (finish_statement(conn, PQsendQuery(conn, sql), PGRES_COMMAND_OK))
		return true;
	pg_error(conn, why, why_size);
	return false;
}

bool
pg_prepare(PGconn *conn, const char *name, const char *sql, char *why,
    size_t why_size)
{
	if (finish_statement(conn, PQsendPrepare(conn, name, sql, 0, NULL),
		PGRES_COMMAND_OK))
		return true;
	pg_error(conn, why, why_size);
	return false;
}

PGresult *
pg_ask(PGconn *conn, const char *sql, const char *bytes, size_t length)
{
	long long deadline = clock_now_ms() + PG_DIAL_SECONDS * 1000;
	int size = (int)length, binary = 1;

	if (PQsendQueryParams(conn, sql, bytes == NULL ? 0 : 1, NULL, &bytes,
		&size, &binary, 0) != 1 ||
	    !pg_flush(conn, deadline))
		return NULL;
	return pg_receive(conn, deadline);
}
