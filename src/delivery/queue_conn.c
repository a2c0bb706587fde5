/* queue_conn.c - a connection of the worker's, and the calls that it makes. */
#include "delivery/queue_conn.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libpq-fe.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/outage.h"
#include "common/pg.h"
#include "common/pg_dial.h"
#include "common/process.h"
#include "common/sqlstate.h"
#include "common/text.h"
#include "delivery/claim_params.h"
#include "delivery/health_params.h"
#include "delivery/record_params.h"

#define CALL_MS 10000
#define CALL_TIMEOUT "SET statement_timeout = 9000"
#define TURN_DAYS_MS 120000
#define TURN_DAYS_TIMEOUT "SET statement_timeout = 110000"
#define WHY_MAX 512
#define NUMBER_MAX 12
#define BINARY 1
#define TEXT 0

/* A server whose worker is gone need not end what it asked for. */
#define CHECK_CLIENT "SET client_connection_check_interval = 1000"

static const struct {
	const char *application, *purpose, *begin;
	enum queue_call first_call, end_call;
} duties[QUEUE_DUTIES] = {
	[QUEUE_DELIVERIES] = { "postern-delivery", "deliveries",
	    "LISTEN postern_delivery", QUEUE_SIGN_ON, QUEUE_RECLAIM },
	[QUEUE_UPKEEP] = { "postern-delivery-upkeep", "upkeep", CHECK_CLIENT,
	    QUEUE_RECLAIM, QUEUE_CALLS },
};

static const struct {
	const char *name, *sql;
} calls[QUEUE_CALLS] = {
	[QUEUE_SIGN_ON] = { "sign_on",
	    "SELECT postern.sign_on($1::pg_catalog.int4, "
	    "$2::pg_catalog.text)" },
	[QUEUE_CLAIM] = { "claim", CLAIM_PARAMS_SQL },
	[QUEUE_RECORD] = { "record", NULL }, /* record_params_sql */
	[QUEUE_APPLY_NOTES] = { "apply_notes",
	    "SELECT webhook_id, change, reason FROM postern.apply_notes()" },
	[QUEUE_GO_IDLE] = { "go_idle",
	    "SELECT sleep, wait_ms FROM postern.go_idle($1::pg_catalog.bool)" },
	[QUEUE_LEAVE_IDLE] = { "leave_idle", "SELECT postern.leave_idle()" },
	[QUEUE_RECLAIM] = { "reclaim",
	    "SELECT postern.reclaim(CASE WHEN "
	    "$1::pg_catalog.timestamptz "
	    "< pg_catalog.clock_timestamp() THEN $1::pg_catalog.timestamptz "
	    "ELSE '-infinity' END), "
	    "pg_catalog.clock_timestamp() - interval '1 s'" },
	[QUEUE_TURN_DAYS] = { "turn_days",
	    "SELECT more, why FROM postern.turn_days()" },
	[QUEUE_TIDY] = { "tidy", "SELECT postern.tidy($1::pg_catalog.text)" },
	[QUEUE_WORK] = { "work", "SELECT postern.work($1::pg_catalog.uuid)" },
	[QUEUE_REPORT] = { "report", PROCESS_REPORT_SQL },
	[QUEUE_HEALTH] = { "note_health", HEALTH_PARAMS_SQL },
};

struct queue_conn {
	enum queue_duty duty;
	char *conninfo;
	const char *signs;       /* in which scope; NULL: not at all */
	PGconn *conn;            /* NULL: not connected */
	char number[NUMBER_MAX]; /* this worker's; empty: none yet */
	struct outage outage;
	bool notified; /* a notification came */
	pthread_mutex_t lock;
	int socket; /* a descriptor of ours for it, so that it cannot be
	               another's; -1: none; under the lock */
	bool cut;   /* under the lock */
};

struct queue_conn *
queue_conn_open(const char *conninfo, enum queue_duty duty, const char *signs)
{
	struct queue_conn *c = calloc(1, sizeof *c);

	if (c == NULL)
		return NULL;
	c->conninfo = strdup(conninfo);
	if (c->conninfo == NULL) {
		free(c);
		return NULL;
	}
	c->duty = duty;
	c->signs = signs;
	c->socket = -1;
	pthread_mutex_init(&c->lock, NULL);
	return c;
}

/* Keep a descriptor for the socket, -1: none. False: it is cut. */
static bool
keep_socket(struct queue_conn *c, int fd)
{
	bool cut;

	pthread_mutex_lock(&c->lock);
	if (c->socket != -1)
		close(c->socket);
	c->socket = fd;
	cut = c->cut;
	pthread_mutex_unlock(&c->lock);
	return !cut;
}

static void
disconnect(struct queue_conn *c)
{
	(void)keep_socket(c, -1);
	PQfinish(c->conn);
	c->conn = NULL;
}

void
queue_conn_cut(struct queue_conn *c)
{
	pthread_mutex_lock(&c->lock);
	c->cut = true;
	if (c->socket != -1)
		shutdown(c->socket, SHUT_RDWR);
	pthread_mutex_unlock(&c->lock);
}

void
queue_conn_close(struct queue_conn *c)
{
	if (c == NULL)
		return;
	disconnect(c);
	pthread_mutex_destroy(&c->lock);
	free(c->conninfo);
	free(c);
}

static bool
prepare_calls(PGconn *conn, enum queue_duty duty, char *why, size_t why_size)
{
	char record[RECORD_PARAMS_SQL_MAX];

	record_params_sql(record);
	for (int i = duties[duty].first_call; i < (int)duties[duty].end_call;
	     i++)
		if (!pg_prepare(conn, calls[i].name,
			calls[i].sql == NULL ? record : calls[i].sql, why,
			why_size))
			return false;
	return pg_run(conn, duties[duty].begin, why, why_size) &&
	    pg_run(conn, CALL_TIMEOUT, why, why_size);
}

PGconn *
queue_conn_dial(const char *conninfo, enum queue_duty duty, char *why,
    size_t why_size)
{
	PGconn *conn =
	    pg_dial(conninfo, duties[duty].application, why, why_size);

	if (conn == NULL || prepare_calls(conn, duty, why, why_size))
		return conn;
	PQfinish(conn);
	return NULL;
}

int
queue_conn_socket(const struct queue_conn *c)
{
	return c->conn == NULL ? -1 : PQsocket(c->conn);
}

unsigned
queue_conn_number(const struct queue_conn *c)
{
	unsigned number;

	return text_number((struct text){ c->number, strlen(c->number) },
		   INT32_MAX, &number)
	    ? number
	    : 0;
}

bool
queue_conn_notified(struct queue_conn *c)
{
	PGnotify *n;
	bool notified;

	if (c->conn == NULL)
		return false;
	if (PQconsumeInput(c->conn) == 0) {
		disconnect(c);
		return false;
	}
	while ((n = PQnotifies(c->conn)) != NULL) {
		c->notified = true;
		PQfreemem(n);
	}
	notified = c->notified;
	c->notified = false;
	return notified;
}

static enum queue_result
report_failure(struct queue_conn *c, enum queue_call call, const PGresult *res)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const struct sqlstate *known = sqlstate_find(state);

	if (known->meaning == SQLSTATE_LOST) {
		disconnect(c);
		return QUEUE_LOST;
	}
	log_repeated(LOG_ERR, NULL, "postern.%s failed: SQLSTATE %s, %s",
	    calls[call].name, state, known->text);
	return QUEUE_FAILED;
}

static bool
send_call(PGconn *conn, enum queue_call call, const struct queue_params *p)
{
	int formats[QUEUE_PARAMS_MAX];

	for (int i = 0; i < p->count; i++)
		formats[i] = p->lengths[i] == 0 ? TEXT : BINARY;
	return PQsendQueryPrepared(conn, calls[call].name, p->count, p->values,
		   p->lengths, formats,
		   call == QUEUE_CLAIM ? BINARY : TEXT) == 1 &&
	    (call != QUEUE_CLAIM || PQsetSingleRowMode(conn) == 1);
}

typedef void show_row(const PGresult *row, void *arg);

static enum queue_result
run_call(struct queue_conn *c, enum queue_call call,
    const struct queue_params *p, show_row *show, void *arg, PGresult **res)
{
	long long deadline =
	    clock_now_ms() + (call == QUEUE_TURN_DAYS ? TURN_DAYS_MS : CALL_MS);
	enum queue_result result;

	*res = NULL;
	if (c->conn == NULL)
		return QUEUE_LOST;
	if (send_call(c->conn, call, p) && pg_flush(c->conn, deadline))
		*res = pg_receive_rows(c->conn, deadline, show, arg);
	if (*res != NULL && PQresultStatus(*res) == PGRES_TUPLES_OK)
		return QUEUE_DONE;
	result = report_failure(c, call, *res);
	PQclear(*res);
	*res = NULL;
	return result;
}

/* How long the server lets a statement take. Without it, disconnect. */
static void
set_timeout(struct queue_conn *c, const char *sql)
{
	char why[WHY_MAX];

	if (c->conn != NULL && !pg_run(c->conn, sql, why, sizeof why))
		disconnect(c);
}

enum queue_result
queue_conn_call(struct queue_conn *c, enum queue_call call,
    const struct queue_params *p, PGresult **res)
{
	enum queue_result result;

	if (call == QUEUE_TURN_DAYS)
		set_timeout(c, TURN_DAYS_TIMEOUT);
	result = run_call(c, call, p, NULL, NULL, res);
	if (call == QUEUE_TURN_DAYS)
		set_timeout(c, CALL_TIMEOUT);
	return result;
}

/* What was claimed before the connection was lost stays this worker's. */
static bool
sign_on(struct queue_conn *c)
{
	const char *number = c->number[0] == '\0' ? NULL : c->number;
	const char *const values[] = { number, c->signs };
	const struct queue_params params = { COUNT(values), values,
		(const int[COUNT(values)]){ 0 } };
	PGresult *res;

	if (queue_conn_call(c, QUEUE_SIGN_ON, &params, &res) != QUEUE_DONE) {
		disconnect(c);
		return false;
	}
	snprintf(c->number, sizeof c->number, "%s", PQgetvalue(res, 0, 0));
	PQclear(res);
	return true;
}

bool
queue_conn_connect(struct queue_conn *c)
{
	char why[WHY_MAX];

	if (c->conn != NULL)
		return true;
	c->conn = queue_conn_dial(c->conninfo, c->duty, why, sizeof why);
	outage_note(&c->outage, c->conn != NULL, duties[c->duty].purpose, why);
	c->notified = true;
	if (c->conn == NULL)
		return false;
	if (!keep_socket(c, fcntl(PQsocket(c->conn), F_DUPFD_CLOEXEC, 0))) {
		disconnect(c);
		return false;
	}
	return c->duty != QUEUE_DELIVERIES || sign_on(c);
}

enum queue_result
queue_conn_claim(struct queue_conn *c, const struct queue_params *p,
    show_row *show, void *arg)
{
	PGresult *res;
	enum queue_result result = run_call(c, QUEUE_CLAIM, p, show, arg, &res);

	PQclear(res);
	return result;
}
