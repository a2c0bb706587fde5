/* queue.c - the worker's door to PostgreSQL: claim, record, and rest. */
#include "delivery/queue.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "common/connection.h"
#include "common/log.h"
#include "common/pgarray.h"
#include "delivery/outcomes.h"

#define APPLICATION "postern-delivery"
#define CALL_MS 10000
#define MAINTAIN_MS 120000
#define BACKLOGS_MAX 64		/* of one claim */
#define BINARY 1
#define TEXT 0
#define SEALED_BYTES (SEAL_KEY_ID_BYTES + SEAL_KEY_BYTES + SEAL_NONCE_BYTES + \
	SEAL_BOX_BYTES)
#define KEY_BYTES (ID_BYTES + SEALED_BYTES)

enum call { CLAIM, RECORD, RECOVER, REST, RISE, MAINTAIN, CALLS };

static const struct {
	const char *name, *sql;
} calls[CALLS] = {
	[CLAIM] = { "claim",
	    "SELECT id, number, step, webhook_id, message_id, url, body, keys "
	    "FROM postern.claim($1::pg_catalog.int8, $2::pg_catalog.int4, "
	    "$3::pg_catalog.int4, '" QUEUE_LEASE "', $4::pg_catalog.uuid[], "
	    "$5::pg_catalog.int4[])" },
	[RECORD] = { "record", OUTCOMES_SQL },
	[RECOVER] = { "recover",
	    "SELECT postern.recover(coalesce("
	    "$1::pg_catalog.timestamptz, '-infinity')), "
	    "pg_catalog.clock_timestamp() - interval '1 s'" },
	[REST] = { "rest",
	    "SELECT sleep, wait_ms FROM postern.rest($1::pg_catalog.bool)" },
	[RISE] = { "rise", "SELECT postern.rise()" },
	[MAINTAIN] = { "maintain", "SELECT postern.maintain()" },
};

enum column { ID, NUMBER, STEP, WEBHOOK, MESSAGE, URL, BODY, KEYS, COLUMNS };

struct queue {
	char *conninfo;
	struct keys *keys;
	PGconn *conn;			/* NULL: not connected */
	bool told;			/* its being away is logged */
	bool asleep;			/* this session has the sleep lock */
	bool heard;			/* a notification came */
	char recovered[64];		/* leases over by then are dealt with */
	struct outcomes *outcomes;
	struct pgarray busy, busy_counts;
};

struct queue *
queue_open(const char *conninfo, struct keys *keys)
{
	struct queue *q = calloc(1, sizeof *q);

	if (q == NULL)
		return NULL;
	q->keys = keys;
	q->conninfo = strdup(conninfo);
	q->outcomes = outcomes_open();
	if (q->conninfo == NULL || q->outcomes == NULL) {
		queue_close(q);
		return NULL;
	}
	return q;
}

static void
disconnect(struct queue *q)
{
	PQfinish(q->conn);
	q->conn = NULL;
	q->asleep = false;
}

void
queue_close(struct queue *q)
{
	if (q == NULL)
		return;
	disconnect(q);
	outcomes_close(q->outcomes);
	pgarray_clear(&q->busy);
	pgarray_clear(&q->busy_counts);
	free(q->conninfo);
	free(q);
}

static PGconn *
dial_ready(const char *conninfo, char *why, size_t why_size)
{
	PGconn *conn = connection_dial(conninfo, APPLICATION, why, why_size);
	PGresult *res;
	bool ok = conn != NULL;

	for (size_t i = 0; ok && i < CALLS; i++)
		ok = connection_prepare(conn, calls[i].name, calls[i].sql,
		    why, why_size);
	if (ok) {
		res = PQexec(conn, "LISTEN postern_delivery; "
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
queue_connect(struct queue *q)
{
	char why[512];

	if (q->conn != NULL)
		return true;
	q->conn = dial_ready(q->conninfo, why, sizeof why);
	if (q->conn != NULL && q->told)
		log_line(LOG_NOTICE, "the database is back");
	else if (q->conn == NULL && !q->told)
		log_line(LOG_ERR, "no database, trying again: %s", why);
	q->told = q->conn == NULL;
	q->heard = true;
	return q->conn != NULL;
}

int
queue_socket(const struct queue *q)
{
	return q->conn == NULL ? -1 : PQsocket(q->conn);
}

static enum queue_result
fail(struct queue *q, enum call call, const PGresult *res)
{
	const char *state = res == NULL ? NULL :
	    PQresultErrorField(res, PG_DIAG_SQLSTATE);

	if (res == NULL || connection_lost(state)) {
		disconnect(q);
		return QUEUE_LOST;
	}
	log_line(LOG_ERR, "postern.%s failed: SQLSTATE %s", calls[call].name,
	    state);
	return QUEUE_FAILED;
}

/* The values are sent in binary but for lengths of 0, which are text. */
static enum queue_result
run(struct queue *q, enum call call, int count, const char *const *values,
    const int *lengths, int result_format, PGresult **res)
{
	long long deadline = connection_now_ms() +
	    (call == MAINTAIN ? MAINTAIN_MS : CALL_MS);
	int formats[OUTCOMES_PARAMETERS];
	enum queue_result result;

	*res = NULL;
	if (q->conn == NULL)
		return QUEUE_LOST;
	for (int i = 0; i < count; i++)
		formats[i] = lengths[i] == 0 ? TEXT : BINARY;
	if (PQsendQueryPrepared(q->conn, calls[call].name, count, values,
	    lengths, formats, result_format) == 1 &&
	    connection_flush(q->conn, deadline))
		*res = connection_receive(q->conn, deadline);
	if (*res != NULL && PQresultStatus(*res) == PGRES_TUPLES_OK)
		return QUEUE_DONE;
	result = fail(q, call, *res);
	PQclear(*res);
	*res = NULL;
	return result;
}

static int32_t
get32(const PGresult *res, int row, enum column column)
{
	uint32_t n;

	memcpy(&n, PQgetvalue(res, row, (int)column), sizeof n);
	return (int32_t)ntohl(n);
}

static int64_t
get64(const PGresult *res, int row, enum column column)
{
	uint32_t n[2];

	memcpy(n, PQgetvalue(res, row, (int)column), sizeof n);
	return (int64_t)((uint64_t)ntohl(n[0]) << 32 | ntohl(n[1]));
}

static void
read_sealed(struct sealed *to, const unsigned char *from)
{
	memcpy(to->key_id, from, sizeof to->key_id);
	from += sizeof to->key_id;
	memcpy(to->ephemeral, from, sizeof to->ephemeral);
	from += sizeof to->ephemeral;
	memcpy(to->nonce, from, sizeof to->nonce);
	from += sizeof to->nonce;
	memcpy(to->box, from, sizeof to->box);
}

/* Whatever of its secrets our keys open. */
static void
open_secrets(struct keys *keys, struct attempt *a, const unsigned char *from,
    size_t length)
{
	struct sealed sealed;

	for (; length >= KEY_BYTES && a->secret_count < SIGNATURE_KEYS_MAX;
	    from += KEY_BYTES, length -= KEY_BYTES) {
		read_sealed(&sealed, from + ID_BYTES);
		if (keys_secret(keys, from, &sealed,
		    a->secrets[a->secret_count]))
			a->secret_count++;
	}
}

static struct attempt *
read_attempt(struct queue *q, const PGresult *res, int row)
{
	const char *body = PQgetisnull(res, row, BODY) ? NULL :
	    PQgetvalue(res, row, BODY);
	struct attempt *a = attempt_new(PQgetvalue(res, row, URL),
	    (size_t)PQgetlength(res, row, URL), body,
	    (size_t)PQgetlength(res, row, BODY));

	if (a == NULL)
		return NULL;
	a->id = get64(res, row, ID);
	a->number = get32(res, row, NUMBER);
	a->step = get32(res, row, STEP);
	memcpy(a->webhook, PQgetvalue(res, row, WEBHOOK), ID_BYTES);
	memcpy(a->message, PQgetvalue(res, row, MESSAGE), ID_BYTES);
	open_secrets(q->keys, a,
	    (const unsigned char *)PQgetvalue(res, row, KEYS),
	    (size_t)PQgetlength(res, row, KEYS));
	return a;
}

static void
read_claim(struct queue *q, const PGresult *res, struct queue_claim *c)
{
	struct attempt **end = &c->first;
	int fresh = get32(res, 0, NUMBER), backlogs = get32(res, 0, STEP);

	c->high = PQgetisnull(res, 0, ID) ? 0 : get64(res, 0, ID);
	c->more = fresh > 0 || backlogs > 0;
	c->more_waiting = backlogs >= BACKLOGS_MAX;
	/* a row that memory is too short for is owed again by its lease */
	for (int i = 1; i < PQntuples(res); i++) {
		*end = read_attempt(q, res, i);
		if (*end == NULL)
			break;
		end = &(*end)->next;
		c->taken++;
	}
}

static void
add_busy(struct crowd_member *m, void *arg)
{
	struct queue *q = arg;

	pgarray_add(&q->busy, m->webhook, ID_BYTES);
	pgarray_add_int4(&q->busy_counts, (int32_t)m->active);
}

static void
put32(char *at, uint32_t n)
{
	n = htonl(n);
	memcpy(at, &n, sizeof n);
}

enum queue_result
queue_claim(struct queue *q, struct queue_claim *c)
{
	char low[8], wanted[4], each[4];
	enum queue_result result;
	PGresult *res;

	c->first = NULL;
	c->taken = 0;
	pgarray_reset(&q->busy);
	pgarray_reset(&q->busy_counts);
	crowd_each(c->busy, c->busy_from, add_busy, q);
	if (!pgarray_end(&q->busy, PGARRAY_UUID) ||
	    !pgarray_end(&q->busy_counts, PGARRAY_INT4))
		return QUEUE_FAILED;
	put32(low, (uint32_t)((uint64_t)c->low >> 32));
	put32(low + 4, (uint32_t)c->low);
	put32(wanted, (uint32_t)c->wanted);
	put32(each, c->each);
	result = run(q, CLAIM, 5, (const char *const[]){ low, wanted, each,
	    q->busy.bytes, q->busy_counts.bytes }, (const int[]){ 8, 4, 4,
	    (int)q->busy.length, (int)q->busy_counts.length }, BINARY, &res);
	if (result == QUEUE_DONE && PQnfields(res) == COLUMNS &&
	    PQntuples(res) > 0)
		read_claim(q, res, c);
	PQclear(res);
	return result;
}

static void
log_changes(const PGresult *res)
{
	for (int i = 0; i < PQntuples(res); i++)
		log_line(LOG_NOTICE, "webhook=%s %s%s%s",
		    PQgetvalue(res, i, 0), PQgetvalue(res, i, 1),
		    PQgetisnull(res, i, 2) ? "" : ": ",
		    PQgetvalue(res, i, 2));
}

enum queue_result
queue_record(struct queue *q, const struct attempt *first)
{
	const char *values[OUTCOMES_PARAMETERS];
	int lengths[OUTCOMES_PARAMETERS];
	enum queue_result result;
	PGresult *res;

	if (!outcomes_fill(q->outcomes, first, values, lengths))
		return QUEUE_FAILED;
	result = run(q, RECORD, OUTCOMES_PARAMETERS, values, lengths, TEXT,
	    &res);
	if (result == QUEUE_DONE)
		log_changes(res);
	PQclear(res);
	return result;
}

enum queue_result
queue_recover(struct queue *q)
{
	const char *low = q->recovered[0] == '\0' ? NULL : q->recovered;
	enum queue_result result;
	PGresult *res;

	result = run(q, RECOVER, 1, &low, (const int[]){ 0 }, TEXT, &res);
	if (result == QUEUE_DONE) {
		if (strcmp(PQgetvalue(res, 0, 0), "0") != 0)
			log_line(LOG_WARNING, "%s deliveries of a lost worker "
			    "are owed again", PQgetvalue(res, 0, 0));
		else
			snprintf(q->recovered, sizeof q->recovered, "%s",
			    PQgetvalue(res, 0, 1));
	}
	PQclear(res);
	return result;
}

static enum queue_sleep
sleep_of(const char *text)
{
	switch (text[0]) {
	case 'a':
		return QUEUE_ASLEEP;
	case 'w':
		return QUEUE_WATCHFUL;
	default:
		return QUEUE_RELIEVED;
	}
}

enum queue_result
queue_rest(struct queue *q, enum queue_sleep *sleep, int *wait_ms)
{
	const char *asleep = q->asleep ? "t" : "f";
	enum queue_result result;
	PGresult *res;

	result = run(q, REST, 1, &asleep, (const int[]){ 0 }, TEXT, &res);
	if (result == QUEUE_DONE) {
		*sleep = sleep_of(PQgetvalue(res, 0, 0));
		*wait_ms = PQgetisnull(res, 0, 1) ? -1 :
		    (int)strtol(PQgetvalue(res, 0, 1), NULL, 10);
		q->asleep = *sleep == QUEUE_ASLEEP;
	}
	PQclear(res);
	return result;
}

enum queue_result
queue_rise(struct queue *q)
{
	enum queue_result result;
	PGresult *res;

	if (!q->asleep)
		return QUEUE_DONE;
	result = run(q, RISE, 0, NULL, NULL, TEXT, &res);
	if (result == QUEUE_DONE)
		q->asleep = false;
	PQclear(res);
	return result;
}

enum queue_result
queue_maintain(struct queue *q)
{
	enum queue_result result;
	PGresult *res;

	PQclear(PQexec(q->conn, "SET statement_timeout = 110000"));
	result = run(q, MAINTAIN, 0, NULL, NULL, TEXT, &res);
	PQclear(res);
	if (q->conn != NULL)
		PQclear(PQexec(q->conn, "SET statement_timeout = 9000"));
	return result;
}

bool
queue_notified(struct queue *q)
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
		q->heard = true;
		PQfreemem(n);
	}
	heard = q->heard;
	q->heard = false;
	return heard;
}

/* Ask a function that takes ids and returns NULL, or what is wrong. */
static bool
ask_ready(PGconn *conn, const char *query, struct pgarray *ids, char *why,
    size_t why_size)
{
	PGresult *res = NULL;
	bool ok = false;

	snprintf(why, why_size, "out of memory");
	if (!pgarray_end(ids, PGARRAY_BYTEA))
		goto out;
	res = PQexecParams(conn, query, 1, NULL,
	    (const char *const[]){ ids->bytes },
	    (const int[]){ (int)ids->length }, (const int[]){ BINARY }, TEXT);
	if (PQresultStatus(res) != PGRES_TUPLES_OK) {
		connection_error(conn, why, why_size);
		goto out;
	}
	ok = PQgetisnull(res, 0, 0);
	snprintf(why, why_size, "%s", PQgetvalue(res, 0, 0));
out:
	PQclear(res);
	return ok;
}

bool
queue_check(const char *conninfo, const struct keys *keys,
    const struct signers *signers, char *why, size_t why_size)
{
	struct pgarray opens = { 0 }, signs = { 0 };
	PGconn *conn = dial_ready(conninfo, why, why_size);
	bool ok;

	for (size_t i = 0; i < keys_count(keys); i++)
		pgarray_add(&opens, keys_id(keys, i), KEYFILE_ID_BYTES);
	for (size_t i = 0; i < signers_count(signers); i++)
		pgarray_add(&signs, signers_id(signers, i), KEYFILE_ID_BYTES);
	ok = conn != NULL && ask_ready(conn, "SELECT postern.delivery_ready("
	    "$1::pg_catalog.bytea[])", &opens, why, why_size) &&
	    ask_ready(conn, "SELECT postern.signing_ready("
	    "$1::pg_catalog.bytea[])", &signs, why, why_size);
	pgarray_clear(&opens);
	pgarray_clear(&signs);
	PQfinish(conn);
	return ok;
}
