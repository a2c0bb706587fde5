/* register_db.c - the committer's connection: calls of postern.register. */
#include "responder/register_db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/outage.h"
#include "common/pg.h"
#include "common/pg_dial.h"
#include "common/pgarray.h"
#include "common/sqlstate.h"

#define APPLICATION "postern-responder"
#define REGISTER "register"
#define BUSY "busy" /* nothing was done, as an account is locked */
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
	struct outage outage;
	bool alone;
	int orphan; /* process id of a backend whose call was given up */
	struct pgarray arrays[PARAMETERS];
};

static const char register_sql[] =
    "SELECT outcome, unknown_event, retry_after, webhook_id "
    "FROM postern.register($1::pg_catalog.uuid[], $2::pg_catalog.bytea[], "
    "$3::pg_catalog.text[], $4::pg_catalog.text[], $5::pg_catalog.int4[], "
    "$6::pg_catalog.text[], $7::pg_catalog.bytea[], $8::pg_catalog.bytea[], "
    "$9::pg_catalog.bytea[], $10::pg_catalog.bytea[])";

/* At most so long does one account's lock delay all that wait. */
static const char short_wait_sql[] = "SET lock_timeout = 20";

static const char terminate_sql[] =
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
drop_connection(struct register_db *d)
{
	PQfinish(d->conn);
	d->conn = NULL;
}

void
register_db_close(struct register_db *d)
{
	if (d == NULL)
		return;
	drop_connection(d);
	for (size_t i = 0; i < PARAMETERS; i++)
		pgarray_clear(&d->arrays[i]);
	free(d->conninfo);
	free(d);
}

static PGconn *
dial_prepared(const struct register_db *d, char *why, size_t why_size)
{
	PGconn *conn = pg_dial(d->conninfo, APPLICATION, why, why_size);

	if (conn == NULL ||
	    ((d->alone || pg_run(conn, short_wait_sql, why, why_size)) &&
		pg_prepare(conn, REGISTER, register_sql, why, why_size)))
		return conn;
	PQfinish(conn);
	return NULL;
}

/*
 * A call that was given up may still be carried out, long after its client has
 * tried again: end its backend before anything else is written.
 */
static void
terminate_orphan(struct register_db *d)
{
	char pid[16];
	const char *value = pid;
	long long deadline = clock_now_ms() + REGISTER_DB_CALL_MS;

	if (d->orphan == 0)
		return;
	snprintf(pid, sizeof pid, "%d", d->orphan);
	d->orphan = 0;
	if (PQsendQueryParams(d->conn, terminate_sql, 1, NULL, &value, NULL,
		NULL, TEXT) == 1 &&
	    pg_flush(d->conn, deadline))
		PQclear(pg_receive(d->conn, deadline));
}

bool
register_db_connect(struct register_db *d)
{
	char why[512];

	if (d->conn != NULL)
		return true;
	d->conn = dial_prepared(d, why, sizeof why);
	outage_note(&d->outage, d->conn != NULL, "registrations", why);
	if (d->conn != NULL)
		terminate_orphan(d);
	return d->conn != NULL;
}

static void
add_event_names(struct pgarray *a, const struct register_db_request *r,
    int32_t row)
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
	pgarray_add(&a[BOXES], r->sealed->box, r->sealed->box_length);
	add_event_names(a, r, row);
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
	const char *word = PQgetvalue(res, row, OUTCOME);

	*reply = (struct register_db_reply){ .busy = strcmp(word, BUSY) == 0 };
	if (!outcome_from_word(word, &reply->outcome))
		return false;
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
	return true;
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
set_replies(struct register_db_reply *replies, size_t count,
    enum outcome outcome, bool busy)
{
	for (size_t i = 0; i < count; i++)
		replies[i] = (struct register_db_reply){ .outcome = outcome,
			.busy = busy,
			.retry_after = 1 };
}

static enum register_db_result
fail_batch(struct register_db *d, const PGresult *res, size_t count,
    struct register_db_reply *replies)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const char *name = PQresultErrorField(res, PG_DIAG_CONSTRAINT_NAME);
	const struct sqlstate *known = sqlstate_find(state);
	bool busy = known->meaning == SQLSTATE_RETRY;
	const struct log_field fields[] = {
		{ "batch", NULL, (long long)count },
		{ "constraint", name == NULL ? "" : name, 0 },
		{ NULL, NULL, 0 },
	};

	if (known->meaning == SQLSTATE_LOST) {
		drop_connection(d);
		return REGISTER_DB_LOST;
	}
	if (!busy)
		log_repeated(LOG_ERR, fields,
		    "postern.register failed: SQLSTATE %s, %s", state,
		    known->text);
	set_replies(replies, count,
	    busy || known->meaning == SQLSTATE_UNAVAILABLE
		? OUTCOME_SERVICE_UNAVAILABLE
		: OUTCOME_INTERNAL_ERROR,
	    busy);
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
		drop_connection(d);
		return REGISTER_DB_LOST;
	}
	if (PQresultStatus(res) != PGRES_TUPLES_OK) {
		result = fail_batch(d, res, count, replies);
	} else if (!read_rows(res, count, replies)) {
		log_repeated(LOG_ERR, NULL,
		    "postern.register " PG_UNEXPECTED_COLUMNS);
		set_replies(replies, count, OUTCOME_INTERNAL_ERROR, false);
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
	PGconn *conn = dial_prepared(d, why, why_size);
	PGresult *res;
	bool ok;

	if (conn == NULL)
		return false;
	res = pg_ask(conn, ready_sql, (const char *)key_id, SEAL_KEY_ID_BYTES);
	ok = PQresultStatus(res) == PGRES_TUPLES_OK && PQgetisnull(res, 0, 0);
	if (PQresultStatus(res) != PGRES_TUPLES_OK)
		pg_error(conn, why, why_size);
	else if (!ok)
		snprintf(why, why_size, "%s", PQgetvalue(res, 0, 0));
	PQclear(res);
	PQfinish(conn);
	return ok;
}
