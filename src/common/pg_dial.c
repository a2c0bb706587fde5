/* pg_dial.c - dials PostgreSQL: a session of our settings, on our schema. */
#include "common/pg_dial.h"

#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libpq-fe.h>

#include "common/clock.h"
#include "common/compiler.h"
#include "common/pg.h"

#define NO_SCHEMA "3F000" /* PostgreSQL's manual, appendix A */
#define NO_FUNCTION "42883"
#define SQLSTATE_LENGTH 5

#define TEXT_OF_(x) #x
#define TEXT_OF(x) TEXT_OF_(x)

/*
 * Set for the session, so that no default of the server's, the database's or
 * the role's can surprise us; what this server does not have is left out.
 */
#define SETTINGS                                                               \
	"ARRAY(SELECT pg_catalog.set_config(name, value, false) FROM (VALUES " \
	"('search_path', 'pg_catalog, pg_temp'), "                             \
	"('statement_timeout', '3000'), "                                      \
	"('lock_timeout', '2500'), "                                           \
	"('idle_in_transaction_session_timeout', '10000'), "                   \
	"('idle_session_timeout', '0'), "                                      \
	"('transaction_timeout', '0'), "                                       \
	"('client_min_messages', 'warning'), "                                 \
	"('default_transaction_isolation', 'read committed'), "                \
	"('default_transaction_deferrable', 'off'), "                          \
	"('DateStyle', 'ISO, MDY'), "                                          \
	"('IntervalStyle', 'postgres'), "                                      \
	"('TimeZone', 'UTC'), "                                                \
	"('standard_conforming_strings', 'on'), "                              \
	"('array_nulls', 'on'), "                                              \
	"('extra_float_digits', '1'), "                                        \
	"('bytea_output', 'hex')) AS s (name, value) "                         \
	"WHERE pg_catalog.current_setting(name, true) IS NOT NULL)"

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
typedef PGconn *make_connection(const char *conninfo, const char *application);

struct dial {
	make_connection *make;
	char *conninfo, *application;
	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t ended;
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
	PGconn *conn = d->make(d->conninfo, d->application);
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
begin_dial(make_connection *make, const char *conninfo, const char *application)
{
	struct dial *d = calloc(1, sizeof *d);
	pthread_t thread;

	if (d == NULL)
		return NULL;
	pthread_mutex_init(&d->lock, NULL);
	clock_cond_init(&d->ended);
	d->make = make;
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
connect_in_time(make_connection *make, const char *conninfo,
    const char *application, char *why, size_t why_size)
{
	struct timespec until = clock_deadline(PG_DIAL_MOST_SECONDS * 1000);
	struct dial *d = begin_dial(make, conninfo, application);
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

/* Why there is no answer to whether the schema fits. */
static void
explain_failure(PGconn *conn, const PGresult *res, char *why, size_t why_size)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);

	if (state != NULL && strcmp(state, NO_SCHEMA) == 0)
		snprintf(why, why_size,
		    "Postern is not installed in this database: "
		    "run roles.sql and install.sql");
	else if (state != NULL && strcmp(state, NO_FUNCTION) == 0)
		snprintf(why, why_size,
		    "the schema of this database is older than %d, which this "
		    "version needs: run this version's install.sql",
		    PG_DIAL_SCHEMA);
	else
		pg_error(conn, why, why_size);
}

/*
 * In one message: a CGI program dials for each request. Its first words are
 * soon done, whatever the time limit is by default.
 */
static bool
begin_session(PGconn *conn, char *why, size_t why_size)
{
	static const char sql[] =
	    "SET statement_timeout = 0; "
	    "SELECT postern.serves(" TEXT_OF(PG_DIAL_SCHEMA) "), " SETTINGS;
	PGresult *res = pg_ask(conn, sql, NULL, 0);
	bool ok = false;

	if (PQresultStatus(res) != PGRES_TUPLES_OK) {
		explain_failure(conn, res, why, why_size);
	} else {
		ok = PQgetisnull(res, 0, 0);
		snprintf(why, why_size, "%s", PQgetvalue(res, 0, 0));
	}
	PQclear(res);
	return ok;
}

PGconn *
pg_dial(const char *conninfo, const char *application, char *why,
    size_t why_size)
{
	PGconn *conn = connect_in_time(connect_with_limits, conninfo,
	    application, why, why_size);

	if (conn == NULL)
		return NULL;
	PQsetNoticeReceiver(conn, drop_notice, NULL);
	if (PQstatus(conn) != CONNECTION_OK || PQsetnonblocking(conn, 1) != 0)
		pg_error(conn, why, why_size);
	else if (begin_session(conn, why, why_size))
		return conn;
	PQfinish(conn);
	return NULL;
}

/*
 * To any server, and with errors that are an SQLSTATE, in whatever language the
 * server speaks. libpq's blocking call has them in words alone.
 */
static PGconn *
connect_for_sqlstate(const char *conninfo, const char *application)
{
	const char *keys[] = { "fallback_application_name", "dbname",
		"target_session_attrs", NULL };
	const char *values[] = { application, conninfo, "any", NULL };
	PGconn *conn = PQconnectStartParams(keys, values, 1);
	PostgresPollingStatusType wanted = PGRES_POLLING_WRITING;
	int ready = 1;

	if (conn == NULL || PQstatus(conn) == CONNECTION_BAD)
		return conn;
	PQsetErrorVerbosity(conn, PQERRORS_SQLSTATE);
	while (ready > 0 &&
	    (wanted == PGRES_POLLING_READING ||
		wanted == PGRES_POLLING_WRITING)) {
		struct pollfd p = { .fd = PQsocket(conn),
			.events = wanted == PGRES_POLLING_READING ? POLLIN
								  : POLLOUT };

		ready = poll(&p, 1, PG_DIAL_SECONDS * 1000);
		wanted = PQconnectPoll(conn);
	}
	return conn;
}

static bool
takes_writes(PGconn *conn)
{
	const char *standby = PQparameterStatus(conn, "in_hot_standby");
	const char *read_only =
	    PQparameterStatus(conn, "default_transaction_read_only");

	return (standby == NULL || strcmp(standby, "off") == 0) &&
	    (read_only == NULL || strcmp(read_only, "off") == 0);
}

/* Classes of SQLSTATE by which a server refuses whoever comes. */
static const struct refusal {
	const char *class, *advice;
} refusals[] = {
	{ "28",
	    ": let this role in, by pg_hba.conf and pg_ident.conf, which "
	    "\"postern setup --logins\" sees to, or by a password in a "
	    "passfile" },
	{ "3D", ": name another in --database, or make it: \"postern setup\"" },
};

/* The advice if a word is such an SQLSTATE, behind which may be others. */
static const char *
find_refusal(const char *words)
{
	for (; *words != '\0'; words += strspn(words, " ")) {
		size_t length = strcspn(words, " ");

		for (size_t i = 0;
		     length == SQLSTATE_LENGTH && i < COUNT(refusals); i++)
			if (strncmp(words, refusals[i].class, 2) == 0)
				return refusals[i].advice;
		words += length;
	}
	return NULL;
}

const char *
pg_dial_advice(const char *conninfo)
{
	char why[1024];
	PGconn *conn = connect_in_time(connect_for_sqlstate, conninfo,
	    "postern-start", why, sizeof why);
	const char *advice;

	if (PQstatus(conn) == CONNECTION_OK) {
		advice = takes_writes(conn) ? "" : NULL;
	} else {
		pg_error(conn, why, sizeof why);
		advice = find_refusal(why);
	}
	PQfinish(conn);
	return advice;
}
