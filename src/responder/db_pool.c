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
#include "common/pg_dial.h"
#include "common/sqlstate.h"
#include "responder/holders.h"
#include "responder/line.h"
#include "responder/slow_accounts.h"
#include "responder/tally.h"

#define APPLICATION "postern-responder"
#define VALUES_MAX 8
#define TEXT 0
#define CALL_NAME_MAX 64
#define PAUSE_MS 500 /* after a failed attempt nobody connects */

/* With share.h, that one account alone may hold half. */
#define HALF_ALONE 0.125f

/* One part of so many is for accounts whose calls are quick. */
#define QUICK_PART 4

struct connection {
	PGconn *conn; /* NULL: not connected; used by who took it */
	bool taken;
};

/* A thread that waits for a connection, or has one. */
struct caller {
	struct place place; /* must come first */
	const struct account *account;
	struct connection *connection; /* NULL: it waits */
	long long since_ms;            /* it has it */
	pthread_cond_t served;         /* it has one */
};

struct db_pool {
	struct db_pool_plan plan;
	char *conninfo;
	pthread_mutex_t lock; /* guards all below but conn */
	struct connection connections[DB_POOL_CONNECTIONS_MAX];
	struct holders *holders; /* of connections */
	struct slow_accounts slow;
	struct line line; /* of callers */
	unsigned calls;   /* in hand */
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
db_pool_open(const char *conninfo, const struct db_pool_plan *plan)
{
	struct db_pool *p = calloc(1, sizeof *p);

	if (p == NULL)
		return NULL;
	p->plan = *plan;
	pthread_mutex_init(&p->lock, NULL);
	p->conninfo = strdup(conninfo);
	p->holders = holders_open(plan->connections, HALF_ALONE);
	if (p->conninfo != NULL && p->holders != NULL)
		return p;
	db_pool_close(p);
	return NULL;
}

void
db_pool_close(struct db_pool *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < DB_POOL_CONNECTIONS_MAX; i++)
		PQfinish(p->connections[i].conn);
	pthread_mutex_destroy(&p->lock);
	holders_close(p->holders);
	free(p->conninfo);
	free(p);
}

/* One that is connected, else one that is not. Called with the lock held. */
static struct connection *
free_connection(struct db_pool *p)
{
	struct connection *found = NULL;

	for (struct connection *c = p->connections;
	     c < p->connections + p->plan.connections; c++)
		if (!c->taken && (found == NULL || found->conn == NULL))
			found = c;
	return found;
}

/*
 * Has the account lately held one for long, and is what is free for others?
 * Called with the lock held.
 */
static bool
is_kept_from(const struct db_pool *p, const struct account *account,
    long long now_ms)
{
	unsigned free = 0;

	if (!slow_accounts_has(&p->slow, account, now_ms))
		return false;
	for (unsigned i = 0; i < p->plan.connections; i++)
		free += !p->connections[i].taken;
	return free <= p->plan.connections / QUICK_PART;
}

/*
 * Give what is free to those whose turn it is, past those whose account has
 * its share. Called with the lock held.
 */
static void
serve_line(struct db_pool *p)
{
	long long now_ms = clock_now_ms();
	struct place *at, *next;
	struct connection *c;

	for (at = p->line.first; at != NULL && (c = free_connection(p)) != NULL;
	     at = next) {
		struct caller *caller = (struct caller *)at;

		next = at->next;
		if (is_kept_from(p, caller->account, now_ms) ||
		    holders_take(p->holders, caller->account) != HOLDERS_TAKEN)
			continue;
		line_leave(&p->line, at);
		c->taken = true;
		caller->connection = c;
		caller->since_ms = now_ms;
		pthread_cond_signal(&caller->served);
	}
}

/* caller->connection: NULL when too many wait, or the deadline passes. */
static void
take_connection(struct db_pool *p, struct caller *caller,
    const struct timespec *deadline)
{
	clock_cond_init(&caller->served);
	pthread_mutex_lock(&p->lock);
	if (p->calls < p->plan.waiting_max) {
		p->calls++;
		line_join(&p->line, &caller->place);
		serve_line(p);
		while (caller->connection == NULL &&
		    pthread_cond_timedwait(&caller->served, &p->lock,
			deadline) == 0)
			continue;
		if (caller->connection == NULL) {
			line_leave(&p->line, &caller->place);
			p->calls--;
		}
	}
	if (caller->connection != NULL)
		tally_connection_taken();
	pthread_mutex_unlock(&p->lock);
	pthread_cond_destroy(&caller->served);
}

static void
return_connection(struct db_pool *p, struct caller *caller)
{
	pthread_mutex_lock(&p->lock);
	caller->connection->taken = false;
	tally_connection_returned();
	holders_give_back(p->holders, caller->account);
	slow_accounts_note(&p->slow, caller->account, caller->since_ms,
	    clock_now_ms());
	p->calls--;
	serve_line(p);
	pthread_mutex_unlock(&p->lock);
}

static void
close_connection(struct connection *c)
{
	PQfinish(c->conn);
	c->conn = NULL;
	tally_connection_closed();
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
	else
		tally_connection_opened();
	outage_note(&p->outage, c->conn != NULL, p->plan.purpose, why);
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
		log_repeated(LOG_ERR, NULL, "%s failed: SQLSTATE %s, %s", name,
		    state, known->text);
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
	log_repeated(LOG_ERR, NULL, "%s " PG_UNEXPECTED_COLUMNS, name);
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
	deadline = clock_now_ms() + p->plan.call_ms;
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
	struct timespec until = clock_deadline(p->plan.wait_ms);
	struct caller caller = { .account = call->account };
	enum outcome o;

	*row = NULL;
	memcpy(caller.place.account, call->account->id, ID_BYTES);
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
