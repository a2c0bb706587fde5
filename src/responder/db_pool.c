/* db_pool.c - calls into PostgreSQL that are no registrations. */
#include "responder/db_pool.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libpq-fe.h>

#include "common/clock.h"
#include "common/pg.h"
#include "common/log.h"

#define APPLICATION "postern-responder"
#define VALUES_MAX 8
#define TEXT 0
#define PAUSE_MS 500 /* after dialling in vain nobody dials */

struct slot {
	PGconn *conn; /* NULL: not connected; its taker's */
	bool taken;
};

/* A call in hand, or waiting for its turn. */
struct asker {
	struct asker *next;
	uint64_t caller;
	struct slot *slot; /* NULL: it waits */
};

struct db_pool {
	char *conninfo;
	pthread_mutex_t lock; /* guards all below but conn */
	pthread_cond_t wake;  /* a slot is free */
	struct slot slots[DB_POOL_CONNECTIONS];
	struct asker *askers;
	unsigned waiting_max;
	long long pause_until;
	bool told; /* its being away is logged */
};

/* SQLSTATE, or the first of its characters, to what the caller is told. */
static const struct {
	const char *state;
	enum outcome outcome;
} states[] = {
	{ "22", OUTCOME_INVALID_PARAMETER },
	{ "40", OUTCOME_SERVICE_UNAVAILABLE },
	{ "53", OUTCOME_SERVICE_UNAVAILABLE },
	{ "55", OUTCOME_SERVICE_UNAVAILABLE },
	{ "57", OUTCOME_SERVICE_UNAVAILABLE },
	{ "58", OUTCOME_SERVICE_UNAVAILABLE },
	{ "PS", OUTCOME_SERVICE_UNAVAILABLE },
	{ "", OUTCOME_INTERNAL_ERROR },
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
		PQfinish(p->slots[i].conn);
	pthread_cond_destroy(&p->wake);
	pthread_mutex_destroy(&p->lock);
	free(p->conninfo);
	free(p);
}

/* How many there are, and how many of this caller's; with the lock held. */
static void
count_askers(const struct db_pool *p, uint64_t caller, unsigned *all,
    unsigned *own, unsigned *served)
{
	*all = *own = *served = 0;
	for (const struct asker *a = p->askers; a != NULL; a = a->next) {
		++*all;
		if (caller == 0 || a->caller != caller)
			continue;
		++*own;
		*served += a->slot != NULL;
	}
}

/* One that is connected, else one that is not. Called with the lock held. */
static struct slot *
find_free(struct db_pool *p, uint64_t caller)
{
	unsigned all, own, served;
	struct slot *found = NULL;

	count_askers(p, caller, &all, &own, &served);
	if (served >= DB_POOL_EACH)
		return NULL;
	for (struct slot *s = p->slots; s < p->slots + DB_POOL_CONNECTIONS; s++)
		if (!s->taken && (found == NULL || found->conn == NULL))
			found = s;
	return found;
}

static void
leave(struct db_pool *p, struct asker *a)
{
	struct asker **link = &p->askers;

	while (*link != a)
		link = &(*link)->next;
	*link = a->next;
}

/* a->slot is NULL when too many wait, or the deadline passes. */
static void
borrow(struct db_pool *p, struct asker *a, const struct timespec *deadline)
{
	unsigned all, own, served;

	pthread_mutex_lock(&p->lock);
	count_askers(p, a->caller, &all, &own, &served);
	if (all < p->waiting_max && own < (p->waiting_max + 1) / 2) {
		a->next = p->askers;
		p->askers = a;
		while ((a->slot = find_free(p, a->caller)) == NULL &&
		    pthread_cond_timedwait(&p->wake, &p->lock, deadline) == 0)
			continue;
		if (a->slot != NULL)
			a->slot->taken = true;
		else
			leave(p, a);
	}
	pthread_mutex_unlock(&p->lock);
}

static void
give_back(struct db_pool *p, struct asker *a)
{
	pthread_mutex_lock(&p->lock);
	a->slot->taken = false;
	leave(p, a);
	/* all: the next one's caller may have its fill */
	pthread_cond_broadcast(&p->wake);
	pthread_mutex_unlock(&p->lock);
}

static void
disconnect(struct slot *s)
{
	PQfinish(s->conn);
	s->conn = NULL;
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

/* Log that the database is away, or back, the first time. */
static void
note(struct db_pool *p, bool connected, const char *why)
{
	bool news;

	pthread_mutex_lock(&p->lock);
	news = p->told == connected;
	p->told = !connected;
	if (!connected)
		p->pause_until = clock_now_ms() + PAUSE_MS;
	pthread_mutex_unlock(&p->lock);
	if (news && connected)
		log_line(LOG_NOTICE, "the database is back for calls");
	else if (news)
		log_line(LOG_ERR, "no database for calls: %s", why);
}

static bool
connect_slot(struct db_pool *p, struct slot *s)
{
	char why[512];

	if (s->conn != NULL && !pg_alive(s->conn))
		disconnect(s);
	if (s->conn != NULL)
		return true;
	if (is_pausing(p))
		return false;
	s->conn = pg_dial(p->conninfo, APPLICATION, why, sizeof why);
	note(p, s->conn != NULL, why);
	return s->conn != NULL;
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

/* Which function it was stands in the SQL. */
static void
complain(const char *sql, const char *what, const char *state)
{
	const char *name = strstr(sql, "postern.");

	log_line(LOG_ERR, "%.*s %s%s", (int)strcspn(name, "("), name, what,
	    state);
}

static enum outcome
fail(struct slot *s, const PGresult *res, const char *sql)
{
	const char *state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	size_t i = 0;

	if (pg_lost(state)) {
		disconnect(s);
		return OUTCOME_SERVICE_UNAVAILABLE;
	}
	while (strncmp(state, states[i].state, strlen(states[i].state)) != 0)
		i++;
	if (states[i].outcome != OUTCOME_INVALID_PARAMETER)
		complain(sql, "failed: SQLSTATE ", state);
	return states[i].outcome;
}

static enum outcome
judge(struct slot *s, const PGresult *res, const struct db_pool_call *call)
{
	if (PQresultStatus(res) != PGRES_TUPLES_OK)
		return fail(s, res, call->sql);
	if (PQntuples(res) == 1 && PQnfields(res) == (int)call->columns)
		return OUTCOME_NONE;
	complain(call->sql,
	    "answers in another form: install this version's "
	    "sql/",
	    "");
	return OUTCOME_INTERNAL_ERROR;
}

static enum outcome
ask(struct db_pool *p, struct slot *s, const struct db_pool_call *call,
    PGresult **row)
{
	long long deadline;
	PGresult *res = NULL;
	enum outcome o;

	if (!connect_slot(p, s))
		return OUTCOME_SERVICE_UNAVAILABLE;
	/* longer than the server takes to end it by itself */
	deadline = clock_now_ms() + DB_POOL_CALL_MS;
	if (send_call(s->conn, call) && pg_flush(s->conn, deadline))
		res = pg_receive(s->conn, deadline);
	if (res == NULL) {
		disconnect(s);
		return OUTCOME_SERVICE_UNAVAILABLE;
	}
	o = judge(s, res, call);
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
	struct asker a = { .caller = call->caller };
	enum outcome o;

	*row = NULL;
	borrow(p, &a, &until);
	if (a.slot == NULL)
		return OUTCOME_SERVICE_UNAVAILABLE;
	o = ask(p, a.slot, call, row);
	give_back(p, &a);
	return o;
}

const char *
db_pool_field(const PGresult *row, unsigned column)
{
	return PQgetisnull(row, 0, (int)column) ?
	    NULL :
	    PQgetvalue(row, 0, (int)column);
}

void
db_pool_clear(PGresult *row)
{
	PQclear(row);
}
