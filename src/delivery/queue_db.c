/* queue_db.c - the worker's door to PostgreSQL: claim, record, and rest. */
#include "delivery/queue_db.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "common/clock.h"
#include "common/pg.h"
#include "common/log.h"
#include "common/pgarray.h"
#include "delivery/claim_rows.h"
#include "delivery/record_params.h"

#define APPLICATION "postern-delivery"
#define CALL_MS 10000
#define MAINTAIN_MS 120000
#define BACKLOGS_MAX 16 /* of one claim */
#define BINARY 1
#define TEXT 0

enum call {
	CLAIM,
	RECORD,
	APPLY_NOTES,
	RECLAIM_EXPIRED,
	GO_IDLE,
	LEAVE_IDLE,
	MAINTAIN,
	EXPIRE,
	CALLS
};

static const struct {
	const char *name, *sql;
} calls[CALLS] = {
	[CLAIM] = { "claim",
	    "SELECT " CLAIM_ROW_NAMES " FROM postern.claim("
	    "$1::pg_catalog.int8, $2::pg_catalog.int4, "
	    "$3::pg_catalog.int4, '" QUEUE_DB_LEASE "', $4::pg_catalog.uuid[], "
	    "$5::pg_catalog.int4[])" },
	[RECORD] = { "record", RECORD_PARAMS_SQL },
	[APPLY_NOTES] = { "apply_notes",
	    "SELECT webhook_id, change, reason FROM postern.apply_notes()" },
	[RECLAIM_EXPIRED] = { "reclaim_expired",
	    "SELECT postern.reclaim_expired(CASE WHEN "
	    "$1::pg_catalog.timestamptz "
	    "< pg_catalog.clock_timestamp() THEN $1::pg_catalog.timestamptz "
	    "ELSE '-infinity' END), "
	    "pg_catalog.clock_timestamp() - interval '1 s'" },
	[GO_IDLE] = { "go_idle",
	    "SELECT sleep, wait_ms FROM postern.go_idle($1::pg_catalog.bool)" },
	[LEAVE_IDLE] = { "leave_idle", "SELECT postern.leave_idle()" },
	[MAINTAIN] = { "maintain", "SELECT postern.maintain()" },
	[EXPIRE] = { "expire",
	    "SELECT low, low_key FROM postern.expire("
	    "$1::pg_catalog.int8, $2::pg_catalog.uuid)" },
};

struct queue_db {
	char *conninfo;
	struct secret_cache *keys;
	PGconn *conn;       /* NULL: not connected */
	bool outage_logged; /* until the database is back */
	bool asleep;        /* this session has the sleep lock */
	bool notified;      /* a notification came */
	char reclaimed[64]; /* leases over by then are dealt with */
	char expired[24], expired_key[40]; /* low; empty: the start */
	struct record_params *record;
	struct pgarray in_hand, in_hand_counts;
};

/* A claim whose rows are coming in. */
struct claim {
	struct queue_db_claim *wanted;
	struct secret_cache *keys;
	struct attempt **end;
	bool begun; /* the first row has come */
};

struct queue_db *
queue_db_open(const char *conninfo, struct secret_cache *keys)
{
	struct queue_db *q = calloc(1, sizeof *q);

	if (q == NULL)
		return NULL;
	q->keys = keys;
	q->conninfo = strdup(conninfo);
	q->record = record_params_open();
	if (q->conninfo == NULL || q->record == NULL) {
		queue_db_close(q);
		return NULL;
	}
	return q;
}

static void
disconnect(struct queue_db *q)
{
	PQfinish(q->conn);
	q->conn = NULL;
	q->asleep = false;
}

void
queue_db_close(struct queue_db *q)
{
	if (q == NULL)
		return;
	disconnect(q);
	record_params_close(q->record);
	pgarray_clear(&q->in_hand);
	pgarray_clear(&q->in_hand_counts);
	free(q->conninfo);
	free(q);
}

PGconn *
queue_db_dial(const char *conninfo, char *why, size_t why_size)
{
	PGconn *conn = pg_dial(conninfo, APPLICATION, why, why_size);
	PGresult *res;
	bool ok = conn != NULL;

	for (size_t i = 0; ok && i < CALLS; i++)
		ok = pg_prepare(conn, calls[i].name, calls[i].sql, why,
		    why_size);
	if (ok) {
		res = PQexec(conn,
		    "LISTEN postern_delivery; "
		    "SET statement_timeout = 9000");
		ok = PQresultStatus(res) == PGRES_COMMAND_OK;
		PQclear(res);
	}
	if (ok)
		return conn;
	PQfinish(conn);
	return NULL;
}

bool
queue_db_connect(struct queue_db *q)
{
	char why[512];

	if (q->conn != NULL)
		return true;
	q->conn = queue_db_dial(q->conninfo, why, sizeof why);
	if (q->conn != NULL && q->outage_logged)
		log_line(LOG_NOTICE, "the database is back");
	else if (q->conn == NULL && !q->outage_logged)
		log_line(LOG_ERR, "no database, trying again: %s", why);
	q->outage_logged = q->conn == NULL;
	q->notified = true;
	return q->conn != NULL;
}

int
queue_db_socket(const struct queue_db *q)
{
	return q->conn == NULL ? -1 : PQsocket(q->conn);
}

static enum queue_db_result
report_failure(struct queue_db *q, enum call call, const PGresult *res)
{
	const char *state =
	    res == NULL ? NULL : PQresultErrorField(res, PG_DIAG_SQLSTATE);

	if (res == NULL || pg_lost(state)) {
		disconnect(q);
		return QUEUE_DB_LOST;
	}
	log_line(LOG_ERR, "postern.%s failed: SQLSTATE %s", calls[call].name,
	    state);
	return QUEUE_DB_FAILED;
}

/* Of one more row of the claim: in hand, or to be given back. */
static void
keep_row(const PGresult *res, void *arg)
{
	struct claim *claim = arg;
	struct queue_db_claim *c = claim->wanted;
	struct claim_row_field row[CLAIM_ROW_COLUMNS];
	struct claim_row_summary view;
	struct attempt *a;

	for (int i = 0; i < CLAIM_ROW_COLUMNS; i++)
		row[i] = (struct claim_row_field){ PQgetisnull(res, 0, i) ?
			    NULL :
			    PQgetvalue(res, 0, i),
			(size_t)PQgetlength(res, 0, i) };
	if (!claim->begun) {
		view = claim_row_summary(row);
		c->high = view.high;
		c->more = view.fresh > 0 || view.backlogs > 0;
		c->notes = view.notes;
		c->more_waiting = view.backlogs >= BACKLOGS_MAX;
		claim->begun = true;
		return;
	}
	/* a row that memory is too short for is owed again by its lease */
	a = claim_row_attempt(row, c->bytes_max - c->taken_bytes, claim->keys);
	if (a == NULL)
		return;
	c->seen_bytes += row[CLAIM_ROW_BODY].length;
	c->taken_bytes += a->body_length;
	c->taken++;
	*claim->end = a;
	claim->end = &a->next;
}

/* The values are sent in binary but for lengths of 0, which are text. */
struct parameters {
	int count;
	const char *const *values;
	const int *lengths;
};

static bool
send_call(struct queue_db *q, enum call call, const struct parameters *p)
{
	int formats[RECORD_PARAMS_COUNT];

	for (int i = 0; i < p->count; i++)
		formats[i] = p->lengths[i] == 0 ? TEXT : BINARY;
	return PQsendQueryPrepared(q->conn, calls[call].name, p->count,
		   p->values, p->lengths, formats,
		   call == CLAIM ? BINARY : TEXT) == 1 &&
	    (call != CLAIM || PQsetSingleRowMode(q->conn) == 1);
}

/* claim takes the rows of a CLAIM. */
static enum queue_db_result
run_call(struct queue_db *q, enum call call, const struct parameters *p,
    struct claim *claim, PGresult **res)
{
	long long deadline =
	    clock_now_ms() + (call == MAINTAIN ? MAINTAIN_MS : CALL_MS);
	enum queue_db_result result;

	*res = NULL;
	if (q->conn == NULL)
		return QUEUE_DB_LOST;
	if (send_call(q, call, p) && pg_flush(q->conn, deadline))
		*res = pg_receive_rows(q->conn, deadline, keep_row, claim);
	if (*res != NULL && PQresultStatus(*res) == PGRES_TUPLES_OK)
		return QUEUE_DB_DONE;
	result = report_failure(q, call, *res);
	PQclear(*res);
	*res = NULL;
	return result;
}

static void
add_in_hand(struct webhook_entry *m, void *arg)
{
	struct queue_db *q = arg;

	pgarray_add(&q->in_hand, m->webhook, ID_BYTES);
	pgarray_add_int4(&q->in_hand_counts, (int32_t)m->active);
}

static void
write_int4(char *at, uint32_t n)
{
	n = htonl(n);
	memcpy(at, &n, sizeof n);
}

static bool
list_in_hand(struct queue_db *q, const struct queue_db_claim *c)
{
	pgarray_reset(&q->in_hand);
	pgarray_reset(&q->in_hand_counts);
	webhook_table_each(c->in_hand, c->in_hand_from, add_in_hand, q);
	return pgarray_end(&q->in_hand, PGARRAY_UUID) &&
	    pgarray_end(&q->in_hand_counts, PGARRAY_INT4);
}

/* What came before the call failed is nobody's: its lease ends by itself. */
static void
free_taken(struct queue_db_claim *c)
{
	attempt_free_all(c->first);
	c->first = NULL;
	c->taken = c->taken_bytes = c->seen_bytes = 0;
}

enum queue_db_result
queue_db_claim(struct queue_db *q, struct queue_db_claim *c)
{
	struct claim claim = { c, q->keys, &c->first, false };
	char low[8], wanted[4], per_webhook[4];
	enum queue_db_result result;
	PGresult *res;

	c->first = NULL;
	c->taken = c->taken_bytes = c->seen_bytes = 0;
	if (!list_in_hand(q, c))
		return QUEUE_DB_FAILED;
	write_int4(low, (uint32_t)((uint64_t)c->low >> 32));
	write_int4(low + 4, (uint32_t)c->low);
	write_int4(wanted, (uint32_t)c->wanted);
	write_int4(per_webhook, c->per_webhook);
	result = run_call(q, CLAIM,
	    &(struct parameters){ 5,
		(const char *const[]){ low, wanted, per_webhook,
		    q->in_hand.bytes, q->in_hand_counts.bytes },
		(const int[]){ 8, 4, 4, (int)q->in_hand.length,
		    (int)q->in_hand_counts.length } },
	    &claim, &res);
	if (result != QUEUE_DB_DONE)
		free_taken(c);
	PQclear(res);
	return result;
}

static void
log_changes(const PGresult *res)
{
	for (int i = 0; i < PQntuples(res); i++)
		log_line(LOG_NOTICE, "webhook=%s %s%s%s", PQgetvalue(res, i, 0),
		    PQgetvalue(res, i, 1), PQgetisnull(res, i, 2) ? "" : ": ",
		    PQgetvalue(res, i, 2));
}

enum queue_db_result
queue_db_record(struct queue_db *q, const struct attempt *first)
{
	const char *values[RECORD_PARAMS_COUNT];
	int lengths[RECORD_PARAMS_COUNT];
	enum queue_db_result result;
	PGresult *res;

	if (!record_params_fill(q->record, first, values, lengths))
		return QUEUE_DB_FAILED;
	result = run_call(q, RECORD,
	    &(struct parameters){ RECORD_PARAMS_COUNT, values, lengths }, NULL,
	    &res);
	if (result == QUEUE_DB_DONE)
		log_changes(res);
	PQclear(res);
	return result;
}

enum queue_db_result
queue_db_apply_notes(struct queue_db *q)
{
	enum queue_db_result result;
	PGresult *res;

	result =
	    run_call(q, APPLY_NOTES, &(struct parameters){ 0 }, NULL, &res);
	if (result == QUEUE_DB_DONE)
		log_changes(res);
	PQclear(res);
	return result;
}

/* From the start, too, when the server's clock has gone back. */
enum queue_db_result
queue_db_reclaim_expired(struct queue_db *q)
{
	const char *low = q->reclaimed[0] == '\0' ? NULL : q->reclaimed;
	enum queue_db_result result;
	PGresult *res;

	result = run_call(q, RECLAIM_EXPIRED,
	    &(struct parameters){ 1, &low, (const int[]){ 0 } }, NULL, &res);
	if (result == QUEUE_DB_DONE) {
		if (strcmp(PQgetvalue(res, 0, 0), "0") != 0)
			log_line(LOG_WARNING,
			    "%s deliveries of a lost worker "
			    "are owed again",
			    PQgetvalue(res, 0, 0));
		else
			snprintf(q->reclaimed, sizeof q->reclaimed, "%s",
			    PQgetvalue(res, 0, 1));
	}
	PQclear(res);
	return result;
}

static enum queue_db_sleep
parse_sleep(const char *text)
{
	switch (text[0]) {
	case 'a':
		return QUEUE_DB_LISTENING;
	case 'w':
		return QUEUE_DB_POLLING;
	default:
		return QUEUE_DB_STANDBY;
	}
}

enum queue_db_result
queue_db_go_idle(struct queue_db *q, enum queue_db_sleep *sleep, int *wait_ms)
{
	const char *asleep = q->asleep ? "t" : "f";
	enum queue_db_result result;
	PGresult *res;

	result = run_call(q, GO_IDLE,
	    &(struct parameters){ 1, &asleep, (const int[]){ 0 } }, NULL, &res);
	if (result == QUEUE_DB_DONE) {
		*sleep = parse_sleep(PQgetvalue(res, 0, 0));
		*wait_ms = PQgetisnull(res, 0, 1) ?
		    -1 :
		    (int)strtol(PQgetvalue(res, 0, 1), NULL, 10);
		q->asleep = *sleep == QUEUE_DB_LISTENING;
	}
	PQclear(res);
	return result;
}

enum queue_db_result
queue_db_leave_idle(struct queue_db *q)
{
	enum queue_db_result result;
	PGresult *res;

	if (!q->asleep)
		return QUEUE_DB_DONE;
	result = run_call(q, LEAVE_IDLE, &(struct parameters){ 0 }, NULL, &res);
	if (result == QUEUE_DB_DONE)
		q->asleep = false;
	PQclear(res);
	return result;
}

enum queue_db_result
queue_db_maintain(struct queue_db *q)
{
	enum queue_db_result result;
	PGresult *res;

	PQclear(PQexec(q->conn, "SET statement_timeout = 110000"));
	result = run_call(q, MAINTAIN, &(struct parameters){ 0 }, NULL, &res);
	PQclear(res);
	if (q->conn != NULL)
		PQclear(PQexec(q->conn, "SET statement_timeout = 9000"));
	return result;
}

/* NULL comes as an empty string. */
enum queue_db_result
queue_db_expire(struct queue_db *q, bool *more)
{
	const char *low = q->expired[0] == '\0' ? NULL : q->expired;
	enum queue_db_result result;
	PGresult *res;

	*more = false;
	result = run_call(q, EXPIRE,
	    &(struct parameters){ 2,
		(const char *const[]){ low,
		    low == NULL ? NULL : q->expired_key },
		(const int[]){ 0, 0 } },
	    NULL, &res);
	if (result == QUEUE_DB_DONE) {
		snprintf(q->expired, sizeof q->expired, "%s",
		    PQgetvalue(res, 0, 0));
		snprintf(q->expired_key, sizeof q->expired_key, "%s",
		    PQgetvalue(res, 0, 1));
		*more = q->expired[0] != '\0';
	}
	PQclear(res);
	return result;
}

bool
queue_db_notified(struct queue_db *q)
{
	PGnotify *n;
	bool heard;

	if (q->conn == NULL)
		return false;
	if (PQconsumeInput(q->conn) == 0) {
		disconnect(q);
		return false;
	}
	while ((n = PQnotifies(q->conn)) != NULL) {
		q->notified = true;
		PQfreemem(n);
	}
	heard = q->notified;
	q->notified = false;
	return heard;
}
