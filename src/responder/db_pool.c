/* db_pool.c - connection pool for all calls but registrations. */
#include "responder/db_pool.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libpq-fe.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/outage.h"
#include "common/pg.h"
#include "common/sqlstate.h"

#define APPLICATION "postern-responder"
#define VALUES_MAX 8
#define TEXT 0
#define CALL_NAME_MAX 64
#define PAUSE_MS 500 /* after a failed attempt nobody connects */

struct connection {
	PGconn *conn; /* NULL: not connected; used by who took it */
	bool taken;
};

/* A thread in a call, or waiting for a connection. */
struct caller {
	struct caller *next;
	uint64_t who;
	struct connection *connection; /* NULL: it waits */
};

struct db_pool {
	char *conninfo;
	pthread_mutex_t lock; /* guards all below but conn */
	pthread_cond_t wake;  /* a connection is free */
	struct connection connections[DB_POOL_CONNECTIONS];
	struct caller *callers;
	unsigned waiting_max;
	long long pause_until;
	struct outage outage; /* not guarded */
};

/* What an error is for the request that made the call. */
static const enum outcome outcomes[] = {
	[SQLSTATE_LOST] = OUTCOME_SERVICE_UNAVAILABLE,
	[SQLSTATE_RETRY] = OUTCOME_SERVICE_UNAVAILABLE,
	[SQLSTATE_UNAVAILABLE] = OUTCOME_SERVICE_UNAVAILABLE,
	[SQLSTATE_BAD_VALUE] = OUTCOME_INVALID_PARAMETER,
	[SQLSTATE_UNEXPECTED] = OUTCOME_INTERNAL_ERROR,
};

struct db_pool *
db_pool_open(const char *conninfo, unsigned waiting_max)
{
	struct db_pool *p = calloc(1, sizeof *p);

	if (p == NULL)
		return NULL;
	p->conninfo = strdup(conninfo);
	if (p->conninfo == NULL) {
		free(p);
		return NULL;
	}
	p->waiting_max = waiting_max;
	pthread_mutex_init(&p->lock, NULL);
	clock_cond_init(&p->wake);
	return p;
}

void
db_pool_close(struct db_pool *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < DB_POOL_CONNECTIONS; i++)
		PQfinish(p->connections[i].conn);
	pthread_cond_destroy(&p->wake);
	pthread_mutex_destroy(&p->lock);
	free(p->conninfo);
	free(p);
}

/* How many there are, and how many of this caller's; with the lock held. */
static void
count_callers(const struct db_pool *p, uint64_t who, unsigned *all,
    unsigned *own, unsigned *served)
{
	*all = *own = *served = 0;
	for (const struct caller *c = p->callers; c != NULL; c = c->next) {
		++*all;
		if (who == 0 || c->who != who)
			continue;
		++*own;
		*served += c->connection != NULL;
	}
}

/* One that is connected, else one that is not. Called with the lock held. */
static struct connection *
find_free_connection(struct db_pool *p, uint64_t who)
{
	unsigned all, own, served;
	struct connection *found = NULL;

	count_callers(p, who, &all, &own, &served);
	if (served >= DB_POOL_CONNECTIONS_EACH)
		return NULL;
	for (struct connection *c = p->connections;
	     c < p->connections + DB_POOL_CONNECTIONS; c++)
		if (!c->taken && (found == NULL || found->conn == NULL))
			found = c;
	return found;
}

static void
remove_caller(struct db_pool *p, struct caller *caller)
{
	struct caller **link = &p->callers;

	while (*link != caller)
		link = &(*link)->next;
	*link = caller->next;
}

/* caller->connection: NULL when too many wait, or the deadline passes. */
static void
take_connection(struct db_pool *p, struct caller *caller,
    const struct timespec *deadline)
{
	unsigned all, own, served;

	pthread_mutex_lock(&p->lock);
	count_callers(p, caller->who, &all, &own, &served);
	if (all < p->waiting_max && own < (p->waiting_max + 1) / 2) {
		caller->next = p->callers;
		p->callers = caller;
		while ((caller->connection =
			       find_free_connection(p, caller->who)) == NULL &&
		    pthread_cond_timedwait(&p->wake, &p->lock, deadline) == 0)
			continue;
		if (caller->connection != NULL)
			caller->connection->taken = true;
		else
			remove_caller(p, caller);
	}
	pthread_mutex_unlock(&p->lock);
}

static void
return_connection(struct db_pool *p, struct caller *caller)
{
	pthread_mutex_lock(&p->lock);
	caller->connection->taken = false;
	remove_caller(p, caller);
	/* all: the next in line may have all that it may have */
	pthread_cond_broadcast(&p->wake);
	pthread_mutex_unlock(&p->lock);
}

static void
close_connection(struct connection *c)
{
	PQfinish(c->conn);
	c->conn = NULL;
}

static bool
is_pausing(struct db_pool *p)
{
	bool pausing;

	pthread_mutex_lock(&p->lock);
	pausing = clock_now_ms() < p->pause_until;
	pthread_mutex_unlock(&p->lock);
	return pausing;
}

/* For a while nobody tries to connect. */
static void
begin_pause(struct db_pool *p)
{
	pthread_mutex_lock(&p->lock);
	p->pause_until = clock_now_ms() + PAUSE_MS;
	pthread_mutex_unlock(&p->lock);
}

static bool
ensure_connected(struct db_pool *p, struct connection *c)
{
	char why[512];

	if (c->conn != NULL && !pg_alive(c->conn))
		close_connection(c);
	if (c->conn != NULL)
		return true;
	if (is_pausing(p))
		return false;
	c->conn = pg_dial(p->conninfo, APPLICATION, why, sizeof why);
	if (c->conn == NULL)
		begin_pause(p);
	outage_note(&p->outage, c->conn != NULL, "API calls", why);
	return c->conn != NULL;
}

static bool
send_call(PGconn *conn, const struct db_pool_call *call)
{
	const char *bytes[VALUES_MAX];
	int lengths[VALUES_MAX], formats[VALUES_MAX];

	for (size_t i = 0; i < call->count; i++) {
		bytes[i] = call->values[i].bytes;
		lengths[i] = (int)call->values[i].length;
		formats[i] = call->values[i].binary;
	}
	return PQsendQueryParams(conn, call->sql, (int)call->count, NULL, bytes,
		   lengths, formats, TEXT) == 1;
}

/* What a call asks for: "postern.oauth_token", "postern.api('replay')". */
static void
write_call_name(const char *sql, char name[CALL_NAME_MAX])
{
	const char *function = strstr(sql, "postern.");
	size_t length = strcspn(function, "(");
	bool has_operation = strncmp(function + length, "('", 2) == 0;

	if (has_operation)
		length = strcspn(function, ",");
	snprintf(name, CALL_NAME_MAX, "%.*s%s", (int)length, function,
	    has_operation ? ")" : "");
}

static enum outcome
outcome_of_error(struct connection *c, const PGresult *res, const char *sql)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	const struct sqlstate *known = sqlstate_find(state);
	char name[CALL_NAME_MAX];

	write_call_name(sql, name);
	if (known->meaning == SQLSTATE_LOST)
		close_connection(c);
	else if (known->meaning != SQLSTATE_BAD_VALUE)
		log_line(LOG_ERR, "%s failed: SQLSTATE %s, %s", name, state,
		    known->text);
	return outcomes[known->meaning];
}

static enum outcome
check_result(struct connection *c, const PGresult *res,
    const struct db_pool_call *call)
{
	char name[CALL_NAME_MAX];

	if (PQresultStatus(res) != PGRES_TUPLES_OK)
		return outcome_of_error(c, res, call->sql);
	if (PQntuples(res) == 1 && PQnfields(res) == (int)call->columns)
		return OUTCOME_NONE;
	write_call_name(call->sql, name);
	log_line(LOG_ERR, "%s " PG_UNEXPECTED_COLUMNS, name);
	return OUTCOME_INTERNAL_ERROR;
}

static enum outcome
make_call(struct db_pool *p, struct connection *c,
    const struct db_pool_call *call, PGresult **row)
{
	long long deadline;
	PGresult *res = NULL;
	enum outcome o;

	if (!ensure_connected(p, c))
		return OUTCOME_SERVICE_UNAVAILABLE;
	/* longer than the statement_timeout of the session */
	deadline = clock_now_ms() + DB_POOL_CALL_MS;
	if (send_call(c->conn, call) && pg_flush(c->conn, deadline))
		res = pg_receive(c->conn, deadline);
	if (res == NULL) {
		close_connection(c);
		return OUTCOME_SERVICE_UNAVAILABLE;
	}
	o = check_result(c, res, call);
	if (o == OUTCOME_NONE)
		*row = res;
	else
		PQclear(res);
	return o;
}

enum outcome
db_pool_ask(struct db_pool *p, const struct db_pool_call *call, PGresult **row)
{
	struct timespec until = clock_deadline(DB_POOL_WAIT_MS);
	struct caller caller = { .who = call->caller };
	enum outcome o;

	*row = NULL;
	take_connection(p, &caller, &until);
	if (caller.connection == NULL)
		return OUTCOME_SERVICE_UNAVAILABLE;
	o = make_call(p, caller.connection, call, row);
	return_connection(p, &caller);
	return o;
}

const char *
db_pool_field(const PGresult *row, unsigned column)
{
	return PQgetisnull(row, 0, (int)column)
	    ? NULL
	    : PQgetvalue(row, 0, (int)column);
}

void
db_pool_clear(PGresult *row)
{
	PQclear(row);
}
