/* commit_conn.c - a committer's connection: one prepared statement. */
#include "responder/commit_conn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/outage.h"
#include "common/pg.h"
#include "common/pg_dial.h"
#include "common/sqlstate.h"

#define APPLICATION "postern-responder"
#define BINARY 1
#define TEXT 0

struct commit_conn {
	const struct commit_kind *kind;
	char *conninfo;
	PGconn *conn; /* NULL: not connected */
	struct outage outage;
	bool alone;
	int orphan; /* process id of a backend whose call was given up */
	struct pgarray arrays[COMMIT_PARAMETERS_MAX];
};

/* At most so long does one account's lock delay all that wait. */
static const char short_wait_sql[] = "SET lock_timeout = 20";

static const char terminate_sql[] =
    "SELECT pg_catalog.pg_terminate_backend(pid, 500) "
    "FROM pg_catalog.pg_stat_activity "
    "WHERE pid = $1::pg_catalog.int4 AND usename = session_user";

struct commit_conn *
commit_conn_open(const struct commit_kind *kind, const char *conninfo,
    bool alone)
{
	struct commit_conn *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->kind = kind;
	c->alone = alone;
	c->conninfo = strdup(conninfo);
	if (c->conninfo == NULL) {
		commit_conn_close(c);
		return NULL;
	}
	return c;
}

static void
drop_connection(struct commit_conn *c)
{
	PQfinish(c->conn);
	c->conn = NULL;
}

void
commit_conn_close(struct commit_conn *c)
{
	if (c == NULL)
		return;
	drop_connection(c);
	for (size_t i = 0; i < COMMIT_PARAMETERS_MAX; i++)
		pgarray_clear(&c->arrays[i]);
	free(c->conninfo);
	free(c);
}

PGconn *
commit_conn_dial(const struct commit_conn *c, char *why, size_t why_size)
{
	PGconn *conn = pg_dial(c->conninfo, APPLICATION, why, why_size);

	if (conn == NULL ||
	    ((c->alone || pg_run(conn, short_wait_sql, why, why_size)) &&
		pg_prepare(conn, c->kind->name, c->kind->sql, why, why_size)))
		return conn;
	PQfinish(conn);
	return NULL;
}

/*
 * A call that was given up may still be carried out, long after its client has
 * tried again: end its backend before anything else is written.
 */
static void
terminate_orphan(struct commit_conn *c)
{
	char pid[16];
	const char *value = pid;
	long long deadline = clock_now_ms() + COMMIT_CALL_MS;

	if (c->orphan == 0)
		return;
	snprintf(pid, sizeof pid, "%d", c->orphan);
	c->orphan = 0;
	if (PQsendQueryParams(c->conn, terminate_sql, 1, NULL, &value, NULL,
		NULL, TEXT) == 1 &&
	    pg_flush(c->conn, deadline))
		PQclear(pg_receive(c->conn, deadline));
}

bool
commit_conn_connect(struct commit_conn *c)
{
	char why[512];

	if (c->conn != NULL && pg_alive(c->conn))
		return true;
	drop_connection(c);
	c->conn = commit_conn_dial(c, why, sizeof why);
	outage_note(&c->outage, c->conn != NULL, c->kind->purpose, why);
	if (c->conn != NULL)
		terminate_orphan(c);
	return c->conn != NULL;
}

static bool
send_batch(struct commit_conn *c, struct pending *const *batch, size_t count)
{
	const struct commit_kind *kind = c->kind;
	const char *values[COMMIT_PARAMETERS_MAX];
	int lengths[COMMIT_PARAMETERS_MAX], formats[COMMIT_PARAMETERS_MAX];

	for (size_t i = 0; i < kind->parameters; i++)
		pgarray_reset(&c->arrays[i]);
	for (size_t i = 0; i < count; i++)
		kind->add(c->arrays, batch[i], (int32_t)(i + 1));
	for (size_t i = 0; i < kind->parameters; i++) {
		if (!pgarray_parameter(&c->arrays[i], kind->types[i],
			&values[i], &lengths[i]))
			return false;
		formats[i] = BINARY;
	}
	return PQsendQueryPrepared(c->conn, kind->name, (int)kind->parameters,
		   values, lengths, formats, TEXT) == 1;
}

static bool
read_rows(const struct commit_kind *kind, const PGresult *rows,
    struct pending *const *batch, size_t count)
{
	if (PQntuples(rows) != (int)count || PQnfields(rows) != kind->columns)
		return false;
	for (size_t i = 0; i < count; i++)
		if (!kind->read(rows, (int)i, batch[i]))
			return false;
	return true;
}

static void
reply_all(struct pending *const *batch, size_t count, enum outcome outcome,
    bool busy)
{
	for (size_t i = 0; i < count; i++)
		pending_reply(batch[i], outcome, busy);
}

static enum commit_result
fail_batch(struct commit_conn *c, const PGresult *res,
    struct pending *const *batch, size_t count)
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
		drop_connection(c);
		return COMMIT_LOST;
	}
	if (!busy)
		log_repeated(LOG_ERR, fields, "%s failed: SQLSTATE %s, %s",
		    c->kind->function, state, known->text);
	reply_all(batch, count,
	    busy || known->meaning == SQLSTATE_UNAVAILABLE
		? OUTCOME_SERVICE_UNAVAILABLE
		: OUTCOME_INTERNAL_ERROR,
	    busy);
	return COMMIT_FAILED;
}

enum commit_result
commit_conn_write(struct commit_conn *c, struct pending *const *batch,
    size_t count)
{
	long long deadline = clock_now_ms() + COMMIT_CALL_MS;
	enum commit_result result = COMMIT_DONE;
	PGresult *res = NULL;

	if (c->conn == NULL)
		return COMMIT_LOST;
	if (send_batch(c, batch, count) && pg_flush(c->conn, deadline))
		res = pg_receive(c->conn, deadline);
	if (res == NULL) {
		c->orphan = PQbackendPID(c->conn);
		drop_connection(c);
		return COMMIT_LOST;
	}
	if (PQresultStatus(res) != PGRES_TUPLES_OK) {
		result = fail_batch(c, res, batch, count);
	} else if (!read_rows(c->kind, res, batch, count)) {
		log_repeated(LOG_ERR, NULL, "%s " PG_UNEXPECTED_COLUMNS,
		    c->kind->function);
		reply_all(batch, count, OUTCOME_INTERNAL_ERROR, false);
	}
	PQclear(res);
	return result;
}
