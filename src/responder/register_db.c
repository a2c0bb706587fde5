/* register_db.c - registrations as calls of postern.register. */
#include "responder/register_db.h"

#include <stdio.h>
#include <string.h>

#include <libpq-fe.h>

#include "common/pg.h"
#include "responder/commit_conn.h"
#include "responder/registration.h"

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

static const char register_sql[] =
    "SELECT outcome, unknown_event, retry_after, webhook_id "
    "FROM postern.register($1::pg_catalog.uuid[], $2::pg_catalog.bytea[], "
    "$3::pg_catalog.text[], $4::pg_catalog.text[], $5::pg_catalog.int4[], "
    "$6::pg_catalog.text[], $7::pg_catalog.bytea[], $8::pg_catalog.bytea[], "
    "$9::pg_catalog.bytea[], $10::pg_catalog.bytea[])";

static const char ready_sql[] = "SELECT postern.responder_ready($1::bytea)";

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
add_request(struct pgarray *a, const struct pending *p, int32_t row)
{
	const struct register_db_request *r =
	    &((const struct registration *)p)->request;

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
read_reply(const PGresult *rows, int row, struct pending *p)
{
	struct register_db_reply *reply = &((struct registration *)p)->reply;

	if (!pending_reply_word(p, PQgetvalue(rows, row, OUTCOME),
		PQgetvalue(rows, row, RETRY_AFTER)))
		return false;
	p->stays = p->outcome == OUTCOME_REGISTERED;
	snprintf(reply->unknown_event, sizeof reply->unknown_event, "%s",
	    PQgetvalue(rows, row, UNKNOWN_EVENT));
	snprintf(reply->webhook, sizeof reply->webhook, "%s",
	    PQgetvalue(rows, row, WEBHOOK));
	return true;
}

const struct commit_kind register_db_kind = {
	.purpose = "registrations",
	.function = "postern.register",
	.name = "register",
	.sql = register_sql,
	.types = types,
	.parameters = PARAMETERS,
	.columns = COLUMNS,
	.batch_max = REGISTER_DB_BATCH_MAX,
	.connects_ahead = true,
	.tally = TALLY_REGISTRATIONS,
	.size = sizeof(struct registration),
	.add = add_request,
	.read = read_reply,
	.conflict = registration_same_url,
	.destroy = registration_destroy,
};

static bool
ask_ready(PGconn *conn, const unsigned char *key_id, char *why, size_t why_size)
{
	PGresult *res =
	    pg_ask(conn, ready_sql, (const char *)key_id, SEAL_KEY_ID_BYTES);
	bool ok =
	    PQresultStatus(res) == PGRES_TUPLES_OK && PQgetisnull(res, 0, 0);

	if (PQresultStatus(res) != PGRES_TUPLES_OK)
		pg_error(conn, why, why_size);
	else if (!ok)
		snprintf(why, why_size, "%s", PQgetvalue(res, 0, 0));
	PQclear(res);
	return ok;
}

bool
register_db_check(const char *conninfo,
    const unsigned char key_id[SEAL_KEY_ID_BYTES], char *why, size_t why_size)
{
	struct commit_conn *c =
	    commit_conn_open(&register_db_kind, conninfo, true);
	PGconn *conn;
	bool ok;

	snprintf(why, why_size, "out of memory");
	conn = c == NULL ? NULL : commit_conn_dial(c, why, why_size);
	ok = conn != NULL && ask_ready(conn, key_id, why, why_size);
	PQfinish(conn);
	commit_conn_close(c);
	return ok;
}
