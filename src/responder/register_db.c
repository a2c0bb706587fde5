/* register_db.c - registrations into PostgreSQL: one connection, one caller. */
#include "responder/register_db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "common/clock.h"
#include "common/pg.h"
#include "common/log.h"
#include "common/pgarray.h"

#define APPLICATION "postern-responder"
#define REGISTER "register"
#define BINARY 1
#define TEXT 0

enum column { OUTCOME, UNKNOWN_EVENT, RETRY_AFTER, WEBHOOK, COLUMNS };

/* The parameters of postern.register, in its order. */
enum parameter {
	IDS,
	TOKEN_HASHES,
	URLS,
	CANONICALS,
	EVENT_OF,
	EVENT_NAMES,
	KEY_IDS,
	EPHEMERALS,
	NONCES,
	BOXES,
	PARAMETERS
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

struct register_db {
	char *conninfo;
	PGconn *conn; /* NULL: not connected */
	bool told;    /* its being away is logged */
	bool alone;
	int orphan; /* backend of a call given up, or 0 */
	struct pgarray arrays[PARAMETERS];
};

/* What postern.register may say of a request. */
static const struct {
	const char *text;
	enum outcome outcome;
	bool busy;
} outcomes[] = {
	{ "registered", OUTCOME_REGISTERED, false },
	{ "admitted", OUTCOME_NONE, false },
	{ "invalid_token", OUTCOME_INVALID_TOKEN, false },
	{ "insufficient_scope", OUTCOME_INSUFFICIENT_SCOPE, false },
	{ "outside_working_hours", OUTCOME_OUTSIDE_WORKING_HOURS, false },
	{ "unknown_event", OUTCOME_UNKNOWN_EVENT, false },
	{ "webhook_limit_reached", OUTCOME_WEBHOOK_LIMIT_REACHED, false },
	{ "busy", OUTCOME_SERVICE_UNAVAILABLE, true },
	/* committed once, then rotated away: only a new one is sure to sign */
	{ "superseded", OUTCOME_SERVICE_UNAVAILABLE, false },
};

/* SQLSTATE, or the first of its characters, to what the request is told. */
static const struct {
	const char *state;
	enum outcome outcome;
	bool busy;
	const char *what; /* for the log */
} states[] = {
	{ "40", OUTCOME_SERVICE_UNAVAILABLE, true, "rolled back" },
	{ "53", OUTCOME_SERVICE_UNAVAILABLE, false, "out of a resource" },
	{ "55", OUTCOME_SERVICE_UNAVAILABLE, true, "a lock was not to be had" },
	{ "57", OUTCOME_SERVICE_UNAVAILABLE, false, "cancelled" },
	{ "58", OUTCOME_SERVICE_UNAVAILABLE, false, "its system failed it" },
	{ "PS", OUTCOME_SERVICE_UNAVAILABLE, false,
	    "the sealing key is unknown or retired: run --check" },
	{ "", OUTCOME_INTERNAL_ERROR, false, "not as it should be" },
};

static const char register_sql[] =
    "SELECT outcome, unknown_event, retry_after, webhook_id "
    "FROM postern.register($1::pg_catalog.uuid[], $2::pg_catalog.bytea[], "
    "$3::pg_catalog.text[], $4::pg_catalog.text[], $5::pg_catalog.int4[], "
    "$6::pg_catalog.text[], $7::pg_catalog.bytea[], $8::pg_catalog.bytea[], "
    "$9::pg_catalog.bytea[], $10::pg_catalog.bytea[])";

/* So long at most one account's lock holds up all that wait. */
static const char hurry_sql[] = "SET lock_timeout = 100";

static const char end_sql[] =
    "SELECT pg_catalog.pg_terminate_backend(pid, 500) "
    "FROM pg_catalog.pg_stat_activity "
    "WHERE pid = $1::pg_catalog.int4 AND usename = session_user";

static const char ready_sql[] = "SELECT postern.responder_ready($1::bytea)";

struct register_db *
register_db_open(const char *conninfo, bool alone)
{
	struct register_db *d = calloc(1, sizeof *d);

	if (d == NULL)
		return NULL;
	d->alone = alone;
	d->conninfo = strdup(conninfo);
	if (d->conninfo == NULL) {
		register_db_close(d);
		return NULL;
	}
	return d;
}

static void
disconnect(struct register_db *d)
{
	PQfinish(d->conn);
	d->conn = NULL;
}

void
register_db_close(struct register_db *d)
{
	if (d == NULL)
		return;
	disconnect(d);
	for (size_t i = 0; i < PARAMETERS; i++)
		pgarray_clear(&d->arrays[i]);
	free(d->conninfo);
	free(d);
}

static PGconn *
dial_ready(const struct register_db *d, char *why, size_t why_size)
{
	PGconn *conn = pg_dial(d->conninfo, APPLICATION, why, why_size);

	if (conn == NULL ||
	    ((d->alone || pg_run(conn, hurry_sql, why, why_size)) &&
		pg_prepare(conn, REGISTER, register_sql, why, why_size)))
		return conn;
	PQfinish(conn);
	return NULL;
}

/*
 * A call that was given up may still be carried out, long after its caller
 * has asked again: end its backend before anything else is written.
 */
static void
end_orphan(struct register_db *d)
{
	char pid[16];
	const char *value = pid;
	long long deadline = clock_now_ms() + REGISTER_DB_CALL_MS;

	if (d->orphan == 0)
		return;
	snprintf(pid, sizeof pid, "%d", d->orphan);
	d->orphan = 0;
	if (PQsendQueryParams(d->conn, end_sql, 1, NULL, &value, NULL, NULL,
		TEXT) == 1 &&
	    pg_flush(d->conn, deadline))
		PQclear(pg_receive(d->conn, deadline));
}

bool
register_db_connect(struct register_db *d)
{
	char why[512];

	if (d->conn != NULL)
		return true;
	d->conn = dial_ready(d, why, sizeof why);
	if (d->conn != NULL && d->told)
		log_line(LOG_NOTICE, "the database is back");
	else if (d->conn == NULL && !d->told)
		log_line(LOG_ERR, "no database, trying again: %s", why);
	d->told = d->conn == NULL;
	if (d->conn != NULL)
		end_orphan(d);
	return d->conn != NULL;
}

static void
add_events(struct pgarray *a, const struct register_db_request *r, int32_t row)
{
	for (size_t i = 0; i < r->event_count; i++) {
		pgarray_add_int4(&a[EVENT_OF], row);
		pgarray_add(&a[EVENT_NAMES], r->events[i],
		    strlen(r->events[i]));
	}
}

static void
add_request(struct pgarray *a, const struct register_db_request *r, int32_t row)
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
send_register(struct register_db *d,
    const struct register_db_request *const *requests, size_t count)
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
read_row(const PGresult *res, int row, struct register_db_reply *reply)
{
	const char *text = PQgetvalue(res, row, OUTCOME);

	*reply = (struct register_db_reply){ .outcome = OUTCOME_COUNT };
	for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++)
		if (strcmp(text, outcomes[i].text) == 0) {
			reply->outcome = outcomes[i].outcome;
			reply->busy = outcomes[i].busy;
		}
	snprintf(reply->unknown_event, sizeof reply->unknown_event, "%s",
	    PQgetvalue(res, row, UNKNOWN_EVENT));
	snprintf(reply->webhook, sizeof reply->webhook, "%s",
	    PQgetvalue(res, row, WEBHOOK));
	if (!PQgetisnull(res, row, RETRY_AFTER))
		reply->retry_after =
		    (unsigned)strtoul(PQgetvalue(res, row, RETRY_AFTER), NULL,
			10);
	if (reply->retry_after == 0)
		reply->retry_after = 1;
	return reply->outcome != OUTCOME_COUNT;
}

static bool
read_rows(const PGresult *res, size_t count, struct register_db_reply *replies)
{
	if (PQntuples(res) != (int)count || PQnfields(res) != COLUMNS)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!read_row(res, (int)i, &replies[i]))
			return false;
	return true;
}

static void
fail_all(struct register_db_reply *replies, size_t count, enum outcome outcome,
    bool busy)
{
	for (size_t i = 0; i < count; i++)
		replies[i] = (struct register_db_reply){ .outcome = outcome,
			.busy = busy,
			.retry_after = 1 };
}

static enum register_db_result
fail(struct register_db *d, const PGresult *res, size_t count,
    struct register_db_reply *replies)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *name = PQresultErrorField(res, PG_DIAG_CONSTRAINT_NAME);
	size_t i = 0;

	if (pg_lost(state)) {
		disconnect(d);
		return REGISTER_DB_LOST;
	}
	while (strncmp(state, states[i].state, strlen(states[i].state)) != 0)
		i++;
	if (!states[i].busy)
		log_line(LOG_ERR,
		    "postern.register failed for %zu: SQLSTATE "
		    "%s, %s%s%s",
		    count, state, states[i].what,
		    name == NULL ? "" : ", constraint ",
		    name == NULL ? "" : name);
	fail_all(replies, count, states[i].outcome, states[i].busy);
	return REGISTER_DB_FAILED;
}

enum register_db_result
register_db_register(struct register_db *d,
    const struct register_db_request *const *requests, size_t count,
    struct register_db_reply *replies)
{
	long long deadline = clock_now_ms() + REGISTER_DB_CALL_MS;
	enum register_db_result result;
	PGresult *res = NULL;

	if (d->conn == NULL)
		return REGISTER_DB_LOST;
	if (send_register(d, requests, count) && pg_flush(d->conn, deadline))
		res = pg_receive(d->conn, deadline);
	if (res == NULL) {
		d->orphan = PQbackendPID(d->conn);
		disconnect(d);
		return REGISTER_DB_LOST;
	}
	if (PQresultStatus(res) != PGRES_TUPLES_OK) {
		result = fail(d, res, count, replies);
	} else if (!read_rows(res, count, replies)) {
		log_line(LOG_ERR,
		    "postern.register answers in another form: "
		    "install this version's sql/");
		fail_all(replies, count, OUTCOME_INTERNAL_ERROR, false);
		result = REGISTER_DB_DONE;
	} else {
		result = REGISTER_DB_DONE;
	}
	PQclear(res);
	return result;
}

bool
register_db_check(struct register_db *d,
    const unsigned char key_id[SEAL_KEY_ID_BYTES], char *why, size_t why_size)
{
	const char *value = (const char *)key_id;
	int length = SEAL_KEY_ID_BYTES, format = BINARY;
	PGconn *conn = dial_ready(d, why, why_size);
	PGresult *res;
	bool ok;

	if (conn == NULL)
		return false;
	res = PQexecParams(conn, ready_sql, 1, NULL, &value, &length, &format,
	    TEXT);
	ok = PQresultStatus(res) == PGRES_TUPLES_OK && PQgetisnull(res, 0, 0);
	if (PQresultStatus(res) != PGRES_TUPLES_OK)
		pg_error(conn, why, why_size);
	else if (!ok)
		snprintf(why, why_size, "%s", PQgetvalue(res, 0, 0));
	PQclear(res);
	PQfinish(conn);
	return ok;
}
