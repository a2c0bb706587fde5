/* report_db.c - the connection for what is told of the responder and asked. */
#include "responder/report_db.h"

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

#define APPLICATION "postern-responder-report"
#define WHY_MAX 512
#define BOUND_MAX 64
#define THOROUGH_MS 60000 /* so often what is owed is read from the start */
#define TEXT 0

#define TELL "report"
#define ASK "scrape"
#define ASK_SQL                                                     \
	"SELECT low, lanes_low, of_database, of_processes FROM "    \
	"postern.scrape($1::pg_catalog.uuid, $2::pg_catalog.int8, " \
	"$3::pg_catalog.timestamptz)"

struct report_db {
	char *conninfo;
	PGconn *conn; /* NULL: not connected */
	struct process *process;
	struct outage outage;
	char low[BOUND_MAX], lanes_low[BOUND_MAX]; /* for the next scrape */
	long long thorough_ms;                     /* not before */
};

struct report_db *
report_db_open(const char *conninfo, struct process *process)
{
	struct report_db *d = calloc(1, sizeof *d);

	if (d == NULL)
		return NULL;
	d->process = process;
	d->conninfo = strdup(conninfo);
	if (d->conninfo != NULL)
		return d;
	free(d);
	return NULL;
}

static void
disconnect(struct report_db *d)
{
	PQfinish(d->conn);
	d->conn = NULL;
}

void
report_db_close(struct report_db *d)
{
	if (d == NULL)
		return;
	disconnect(d);
	free(d->conninfo);
	free(d);
}

bool
report_db_connect(struct report_db *d)
{
	char why[WHY_MAX];

	if (d->conn != NULL && !pg_alive(d->conn))
		disconnect(d);
	if (d->conn != NULL)
		return true;
	d->conn = pg_dial(d->conninfo, APPLICATION, why, sizeof why);
	if (d->conn != NULL &&
	    (!pg_prepare(d->conn, TELL, PROCESS_REPORT_SQL, why, sizeof why) ||
		!pg_prepare(d->conn, ASK, ASK_SQL, why, sizeof why)))
		disconnect(d);
	outage_note(&d->outage, d->conn != NULL, "metrics", why);
	return d->conn != NULL;
}

/* Its one row; NULL: it failed, and there is no connection any longer. */
static PGresult *
call(struct report_db *d, const char *name, int count,
    const char *const *values)
{
	long long deadline = clock_now_ms() + REPORT_DB_CALL_MS;
	PGresult *res = NULL;
	const char *state;

	if (PQsendQueryPrepared(d->conn, name, count, values, NULL, NULL,
		TEXT) == 1 &&
	    pg_flush(d->conn, deadline))
		res = pg_receive(d->conn, deadline);
	if (PQresultStatus(res) == PGRES_TUPLES_OK && PQntuples(res) == 1)
		return res;
	state = PQresultErrorField(res, PG_DIAG_SQLSTATE);
	if (state != NULL)
		log_line(LOG_ERR, "postern.%s failed: SQLSTATE %s, %s", name,
		    state, sqlstate_find(state)->text);
	PQclear(res);
	disconnect(d);
	return NULL;
}

bool
report_db_tell(struct report_db *d)
{
	PGresult *res = call(d, TELL, PROCESS_VALUES, d->process->values);

	PQclear(res);
	return res != NULL;
}

static void
choose_bounds(struct report_db *d)
{
	long long now = clock_now_ms();

	if (now < d->thorough_ms)
		return;
	snprintf(d->low, sizeof d->low, "0");
	snprintf(d->lanes_low, sizeof d->lanes_low, "-infinity");
	d->thorough_ms = now + THOROUGH_MS;
}

bool
report_db_ask(struct report_db *d, struct report_db_answer *answer)
{
	const char *values[] = { d->process->id, d->low, d->lanes_low };
	PGresult *res;

	choose_bounds(d);
	res = call(d, ASK, 3, values);
	if (res == NULL)
		return false;
	snprintf(d->low, sizeof d->low, "%s", PQgetvalue(res, 0, 0));
	snprintf(d->lanes_low, sizeof d->lanes_low, "%s",
	    PQgetvalue(res, 0, 1));
	answer->database = strdup(PQgetvalue(res, 0, 2));
	answer->processes = strdup(PQgetvalue(res, 0, 3));
	PQclear(res);
	if (answer->database != NULL && answer->processes != NULL)
		return true;
	free(answer->database);
	free(answer->processes);
	return false;
}
