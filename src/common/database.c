/* database.c - the only door to PostgreSQL: one connection, one caller. */
#include "common/database.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libpq-fe.h>

#include "common/log.h"
#include "common/pgarray.h"

#define REGISTER "register"
#define BINARY 1
#define TEXT 0

enum column { OUTCOME, UNKNOWN_EVENT, RETRY_AFTER, COLUMNS };

/* The parameters of postern.register, in its order. */
enum parameter {
	IDS, TOKEN_HASHES, URLS, CANONICALS, EVENT_OF, EVENT_NAMES, KEY_IDS,
	EPHEMERALS, NONCES, BOXES, PARAMETERS
};

static const enum pgarray_type types[PARAMETERS] = {
	[IDS] = PGARRAY_UUID,
	[TOKEN_HASHES] = PGARRAY_BYTEA,
	[URLS] = PGARRAY_TEXT,
	[CANONICALS] = PGARRAY_TEXT,
	[EVENT_OF] = PGARRAY_INT4,
	[EVENT_NAMES] = PGARRAY_TEXT,
	[KEY_IDS] = PGARRAY_BYTEA,
	[EPHEMERALS] = PGARRAY_BYTEA,
	[NONCES] = PGARRAY_BYTEA,
	[BOXES] = PGARRAY_BYTEA,
};

struct database {
	char *conninfo;
	PGconn *conn;			/* NULL: not connected */
	bool told;			/* its being away is logged */
	struct pgarray arrays[PARAMETERS];
};

/* What postern.register may say of a request. */
static const struct {
	const char *text;
	enum outcome outcome;
} outcomes[] = {
	{ "registered", OUTCOME_REGISTERED },
	{ "admitted", OUTCOME_ADMITTED },
	{ "invalid_token", OUTCOME_INVALID_TOKEN },
	{ "outside_working_hours", OUTCOME_OUTSIDE_WORKING_HOURS },
	{ "unknown_event", OUTCOME_UNKNOWN_EVENT },
	{ "webhook_limit_reached", OUTCOME_WEBHOOK_LIMIT_REACHED },
	/* committed once, then rotated away: only a new one is sure to sign */
	{ "superseded", OUTCOME_SERVICE_UNAVAILABLE },
};

/* SQLSTATE, or the first of its characters, to what the request is told. */
static const struct {
	const char *state;
	enum outcome outcome;
} states[] = {
	{ "40", OUTCOME_SERVICE_UNAVAILABLE },	/* transaction rolled back */
	{ "53", OUTCOME_SERVICE_UNAVAILABLE },	/* out of a resource */
	{ "55", OUTCOME_SERVICE_UNAVAILABLE },	/* a lock not to be had */
	{ "57", OUTCOME_SERVICE_UNAVAILABLE },	/* cancelled, shut down */
	{ "58", OUTCOME_SERVICE_UNAVAILABLE },	/* its system failed it */
	{ "PS", OUTCOME_SERVICE_UNAVAILABLE },	/* ours: key not registered */
	{ "", OUTCOME_INTERNAL_ERROR },
};

/* Set for the session, so that no server setting can surprise us. */
static const char settings[] =
    "SELECT pg_catalog.set_config(name, value, false) FROM (VALUES "
    "('search_path', 'pg_catalog, pg_temp'), "
    "('statement_timeout', '3000'), "
    "('lock_timeout', '2500'), "
    "('idle_in_transaction_session_timeout', '10000'), "
    "('client_min_messages', 'warning'), "
    "('default_transaction_isolation', 'read committed'), "
    "('bytea_output', 'hex')) AS s (name, value)";

static const char register_sql[] =
    "SELECT outcome, unknown_event, retry_after "
    "FROM postern.register($1::pg_catalog.uuid[], $2::pg_catalog.bytea[], "
    "$3::pg_catalog.text[], $4::pg_catalog.text[], $5::pg_catalog.int4[], "
    "$6::pg_catalog.text[], $7::pg_catalog.bytea[], $8::pg_catalog.bytea[], "
    "$9::pg_catalog.bytea[], $10::pg_catalog.bytea[])";

static const char ready_sql[] = "SELECT postern.responder_ready($1::bytea)";

static bool
has_password(const char *conninfo, char *why, size_t why_size)
{
	char *message = NULL;
	PQconninfoOption *options = PQconninfoParse(conninfo, &message);
	bool found = options == NULL;

	if (options == NULL)
		snprintf(why, why_size, "not a connection string of libpq, "
		    "such as \"host=/run/postgresql dbname=postern\"");
	for (PQconninfoOption *o = options; o != NULL && o->keyword != NULL;
	    o++)
		if (o->val != NULL && (strcmp(o->keyword, "password") == 0 ||
		    strcmp(o->keyword, "sslpassword") == 0)) {
			snprintf(why, why_size, "a password in it would show "
			    "in the process list: put it in a passfile");
			found = true;
		}
	PQconninfoFree(options);
	PQfreemem(message);
	return found;
}

bool
database_conninfo(const char *conninfo, char *why, size_t why_size)
{
	if (getenv("PGPASSWORD") != NULL) {
		snprintf(why, why_size, "PGPASSWORD is in the environment, "
		    "where others may read it: put it in a passfile");
		return false;
	}
	return !has_password(conninfo, why, why_size);
}

struct database *
database_open(const char *conninfo)
{
	struct database *d = calloc(1, sizeof *d);

	if (d == NULL)
		return NULL;
	d->conninfo = strdup(conninfo);
	if (d->conninfo == NULL) {
		database_close(d);
		return NULL;
	}
	return d;
}

static void
disconnect(struct database *d)
{
	PQfinish(d->conn);
	d->conn = NULL;
}

void
database_close(struct database *d)
{
	if (d == NULL)
		return;
	disconnect(d);
	for (size_t i = 0; i < PARAMETERS; i++)
		pgarray_clear(&d->arrays[i]);
	free(d->conninfo);
	free(d);
}

static void
ignore_notice(void *arg, const PGresult *res)
{
	(void)arg;
	(void)res;
}

static PGconn *
dial(const char *conninfo)
{
	char seconds[16];
	const char *keys[] = { "connect_timeout", "keepalives_idle",
	    "keepalives_interval", "keepalives_count", "tcp_user_timeout",
	    "target_session_attrs", "fallback_application_name",
	    "client_encoding", "dbname", NULL };
	const char *values[] = { seconds, "30", "10", "3", "4000",
	    "read-write", "postern-responder", "UTF8", conninfo, NULL };

	snprintf(seconds, sizeof seconds, "%d", DATABASE_CONNECT_SECONDS);
	return PQconnectdbParams(keys, values, 1);
}

static bool
succeeded(PGresult *res, ExecStatusType wanted)
{
	bool ok = PQresultStatus(res) == wanted;

	PQclear(res);
	return ok;
}

/* Without blanks at the end, on one line, as a log line wants it. */
static void
connection_error(PGconn *conn, char *why, size_t why_size)
{
	size_t n;

	snprintf(why, why_size, "%s", conn == NULL ? "out of memory" :
	    PQerrorMessage(conn));
	for (n = strlen(why); n > 0 && why[n - 1] == '\n'; n--)
		why[n - 1] = '\0';
	for (char *p = why; *p != '\0'; p++)
		if (*p == '\n')
			*p = ' ';
}

static PGconn *
dial_ready(const char *conninfo, char *why, size_t why_size)
{
	PGconn *conn = dial(conninfo);

	if (conn != NULL)
		PQsetNoticeReceiver(conn, ignore_notice, NULL);
	if (PQstatus(conn) == CONNECTION_OK &&
	    succeeded(PQexec(conn, settings), PGRES_TUPLES_OK) &&
	    succeeded(PQprepare(conn, REGISTER, register_sql, 0, NULL),
	    PGRES_COMMAND_OK) && PQsetnonblocking(conn, 1) == 0)
		return conn;
	connection_error(conn, why, why_size);
	PQfinish(conn);
	return NULL;
}

bool
database_connect(struct database *d)
{
	char why[512];

	if (d->conn != NULL)
		return true;
	d->conn = dial_ready(d->conninfo, why, sizeof why);
	if (d->conn != NULL && d->told)
		log_line(LOG_NOTICE, "the database is back");
	else if (d->conn == NULL && !d->told)
		log_line(LOG_ERR, "no database, trying again: %s", why);
	d->told = d->conn == NULL;
	return d->conn != NULL;
}

static long long
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Wait until the socket is ready for events, or the deadline has passed. */
static bool
await(PGconn *conn, short events, long long deadline)
{
	struct pollfd p = { .fd = PQsocket(conn), .events = events };
	int n;

	do {
		long long left = deadline - now_ms();

		n = left <= 0 ? 0 : poll(&p, 1, (int)left);
	} while (n == -1 && errno == EINTR);
	return n > 0;
}

static bool
send_all(PGconn *conn, long long deadline)
{
	for (;;) {
		int left = PQflush(conn);

		if (left <= 0)
			return left == 0;
		if (!await(conn, POLLIN | POLLOUT, deadline) ||
		    PQconsumeInput(conn) == 0)
			return false;
	}
}

/*
 * The one result of the statement in hand, or the error that its commit
 * raised after it: a result counts only when the server is ready again.
 * NULL: the connection is lost or the deadline has passed.
 */
static PGresult *
receive(PGconn *conn, long long deadline)
{
	PGresult *kept = NULL, *res;

	for (;;) {
		while (PQisBusy(conn))
			if (!await(conn, POLLIN, deadline) ||
			    PQconsumeInput(conn) == 0)
				goto lost;
		res = PQgetResult(conn);
		if (res == NULL)
			break;
		if (kept == NULL ||
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

static void
add_events(struct pgarray *a, const struct database_request *r, int32_t row)
{
	for (size_t i = 0; i < r->event_count; i++) {
		pgarray_add_int4(&a[EVENT_OF], row);
		pgarray_add(&a[EVENT_NAMES], r->events[i],
		    strlen(r->events[i]));
	}
}

static void
add_request(struct pgarray *a, const struct database_request *r, int32_t row)
{
	pgarray_add(&a[IDS], r->id, sizeof r->id);
	pgarray_add(&a[TOKEN_HASHES], r->token_hash, sizeof r->token_hash);
	if (r->url == NULL) {
		pgarray_add_null(&a[URLS]);
		pgarray_add_null(&a[CANONICALS]);
		for (size_t i = KEY_IDS; i < PARAMETERS; i++)
			pgarray_add_null(&a[i]);
		return;
	}
	pgarray_add(&a[URLS], r->url, strlen(r->url));
	pgarray_add(&a[CANONICALS], r->canonical, strlen(r->canonical));
	pgarray_add(&a[KEY_IDS], r->sealed->key_id, sizeof r->sealed->key_id);
	pgarray_add(&a[EPHEMERALS], r->sealed->ephemeral,
	    sizeof r->sealed->ephemeral);
	pgarray_add(&a[NONCES], r->sealed->nonce, sizeof r->sealed->nonce);
	pgarray_add(&a[BOXES], r->sealed->box, sizeof r->sealed->box);
	add_events(a, r, row);
}

static bool
send_register(struct database *d,
    const struct database_request *const *requests, size_t count)
{
	const char *values[PARAMETERS];
	int lengths[PARAMETERS], formats[PARAMETERS];

	for (size_t i = 0; i < PARAMETERS; i++)
		pgarray_reset(&d->arrays[i]);
	for (size_t i = 0; i < count; i++)
		add_request(d->arrays, requests[i], (int32_t)(i + 1));
	for (size_t i = 0; i < PARAMETERS; i++) {
		if (!pgarray_end(&d->arrays[i], types[i]))
			return false;
		values[i] = d->arrays[i].bytes;
		lengths[i] = (int)d->arrays[i].length;
		formats[i] = BINARY;
	}
	return PQsendQueryPrepared(d->conn, REGISTER, PARAMETERS, values,
	    lengths, formats, TEXT) == 1;
}

static bool
read_row(const PGresult *res, int row, struct database_reply *reply)
{
	const char *text = PQgetvalue(res, row, OUTCOME);

	*reply = (struct database_reply){ .outcome = OUTCOME_COUNT };
	for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++)
		if (strcmp(text, outcomes[i].text) == 0)
			reply->outcome = outcomes[i].outcome;
	snprintf(reply->unknown_event, sizeof reply->unknown_event, "%s",
	    PQgetvalue(res, row, UNKNOWN_EVENT));
	if (!PQgetisnull(res, row, RETRY_AFTER))
		reply->retry_after = (unsigned)strtoul(
		    PQgetvalue(res, row, RETRY_AFTER), NULL, 10);
	if (reply->retry_after == 0)
		reply->retry_after = 1;
	return reply->outcome != OUTCOME_COUNT;
}

static bool
read_rows(const PGresult *res, size_t count, struct database_reply *replies)
{
	if (PQntuples(res) != (int)count || PQnfields(res) != COLUMNS)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!read_row(res, (int)i, &replies[i]))
			return false;
	return true;
}

static void
fail_all(struct database_reply *replies, size_t count, enum outcome outcome)
{
	for (size_t i = 0; i < count; i++)
		replies[i] = (struct database_reply){ .outcome = outcome,
		    .retry_after = 1 };
}

static enum database_result
fail(struct database *d, const PGresult *res, size_t count,
    struct database_reply *replies)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *name = PQresultErrorField(res, PG_DIAG_CONSTRAINT_NAME);
	size_t i = 0;

	if (state == NULL || strncmp(state, "08", 2) == 0 ||
	    strncmp(state, "57P", 3) == 0 || strcmp(state, "25006") == 0) {
		disconnect(d);
		return DATABASE_LOST;
	}
	while (strncmp(state, states[i].state, strlen(states[i].state)) != 0)
		i++;
	log_line(LOG_ERR, "postern.register failed for %zu: SQLSTATE %s%s%s",
	    count, state, name == NULL ? "" : ", constraint ",
	    name == NULL ? "" : name);
	fail_all(replies, count, states[i].outcome);
	return DATABASE_FAILED;
}

enum database_result
database_register(struct database *d,
    const struct database_request *const *requests, size_t count,
    struct database_reply *replies)
{
	long long deadline = now_ms() + DATABASE_CALL_MS;
	enum database_result result;
	PGresult *res = NULL;

	if (d->conn == NULL)
		return DATABASE_LOST;
	if (send_register(d, requests, count) && send_all(d->conn, deadline))
		res = receive(d->conn, deadline);
	if (res == NULL) {
		disconnect(d);
		return DATABASE_LOST;
	}
	if (PQresultStatus(res) != PGRES_TUPLES_OK) {
		result = fail(d, res, count, replies);
	} else if (!read_rows(res, count, replies)) {
		log_line(LOG_ERR, "postern.register answers in another form: "
		    "install this version's sql/");
		fail_all(replies, count, OUTCOME_INTERNAL_ERROR);
		result = DATABASE_DONE;
	} else {
		result = DATABASE_DONE;
	}
	PQclear(res);
	return result;
}

bool
database_check(struct database *d,
    const unsigned char key_id[SEAL_KEY_ID_BYTES], char *why,
    size_t why_size)
{
	const char *value = (const char *)key_id;
	int length = SEAL_KEY_ID_BYTES, format = BINARY;
	PGconn *conn = dial_ready(d->conninfo, why, why_size);
	PGresult *res;
	bool ok;

	if (conn == NULL)
		return false;
	res = PQexecParams(conn, ready_sql, 1, NULL, &value, &length, &format,
	    TEXT);
	ok = PQresultStatus(res) == PGRES_TUPLES_OK && PQgetisnull(res, 0, 0);
	if (PQresultStatus(res) != PGRES_TUPLES_OK)
		connection_error(conn, why, why_size);
	else if (!ok)
		snprintf(why, why_size, "%s", PQgetvalue(res, 0, 0));
	PQclear(res);
	PQfinish(conn);
	return ok;
}
