/* upkeep_db.c - the calls for the upkeep of the database. */
#include "config.h"

#include "delivery/upkeep_db.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

#include "common/log.h"
#include "common/metrics.h"
#include "common/process.h"
#include "delivery/health_params.h"
#include "delivery/tally.h"

#define PLACE_MAX 64 /* of what goes in steps */

struct upkeep_db {
	struct queue_conn *conn;
	char reclaimed[64]; /* leases over by then are dealt with */
	char tidied[PLACE_MAX], worked[PLACE_MAX]; /* "": the start */
	struct process process;
	struct health_params *health;
};

static const struct queue_params no_params = { 0 };

struct upkeep_db *
upkeep_db_open(const char *conninfo)
{
	struct upkeep_db *u = calloc(1, sizeof *u);

	if (u == NULL)
		return NULL;
	u->conn = queue_conn_open(conninfo, QUEUE_UPKEEP, NULL);
	u->health = health_params_open();
	process_init(&u->process, "postern-delivery", PACKAGE_VERSION);
	if (u->conn != NULL && u->health != NULL)
		return u;
	upkeep_db_close(u);
	return NULL;
}

void
upkeep_db_close(struct upkeep_db *u)
{
	if (u == NULL)
		return;
	queue_conn_close(u->conn);
	health_params_close(u->health);
	free(u);
}

bool
upkeep_db_is_connected(const struct upkeep_db *u)
{
	return queue_conn_socket(u->conn) != -1;
}

bool
upkeep_db_connect(struct upkeep_db *u)
{
	return queue_conn_connect(u->conn);
}

void
upkeep_db_cut(struct upkeep_db *u)
{
	queue_conn_cut(u->conn);
}

/*
 * From the start, too, when the server's clock has gone back; from where it
 * was, when others have some locked.
 */
enum queue_result
upkeep_db_reclaim(struct upkeep_db *u, bool *any)
{
	const char *low = u->reclaimed[0] == '\0' ? NULL : u->reclaimed;
	const struct queue_params params = { 1, &low, (const int[]){ 0 } };
	PGresult *res;
	enum queue_result result =
	    queue_conn_call(u->conn, QUEUE_RECLAIM, &params, &res);
	bool locked = result == QUEUE_DONE && PQgetisnull(res, 0, 0);

	*any = result == QUEUE_DONE && !locked &&
	    strcmp(PQgetvalue(res, 0, 0), "0") != 0;
	if (*any)
		log_line(LOG_WARNING,
		    "%s deliveries are owed again: the worker that had them is "
		    "gone, or let its leases expire",
		    PQgetvalue(res, 0, 0));
	else if (result == QUEUE_DONE && !locked)
		snprintf(u->reclaimed, sizeof u->reclaimed, "%s",
		    PQgetvalue(res, 0, 1));
	PQclear(res);
	return result;
}

enum queue_result
upkeep_db_turn_days(struct upkeep_db *u, bool *more)
{
	PGresult *res;
	enum queue_result result =
	    queue_conn_call(u->conn, QUEUE_TURN_DAYS, &no_params, &res);

	*more = result == QUEUE_DONE && *PQgetvalue(res, 0, 0) == 't';
	if (result == QUEUE_DONE && !*more && !PQgetisnull(res, 0, 1)) {
		log_line(LOG_WARNING, "upkeep: %s", PQgetvalue(res, 0, 1));
		result = QUEUE_FAILED;
	}
	PQclear(res);
	return result;
}

/*
 * Call what goes on where it stopped, which is an empty text at the start, as
 * NULL comes, and when nothing is left.
 */
static enum queue_result
call_step(struct upkeep_db *u, enum queue_call call, char place[PLACE_MAX],
    bool *more)
{
	const char *from = *place == '\0' ? NULL : place;
	const struct queue_params params = { 1, &from, (const int[]){ 0 } };
	PGresult *res;
	enum queue_result result =
	    queue_conn_call(u->conn, call, &params, &res);

	*more = false;
	if (result == QUEUE_DONE) {
		snprintf(place, PLACE_MAX, "%s", PQgetvalue(res, 0, 0));
		*more = *place != '\0';
	}
	PQclear(res);
	return result;
}

enum queue_result
upkeep_db_tidy(struct upkeep_db *u, bool *more)
{
	return call_step(u, QUEUE_TIDY, u->tidied, more);
}

enum queue_result
upkeep_db_work(struct upkeep_db *u, bool *more)
{
	return call_step(u, QUEUE_WORK, u->worked, more);
}

enum queue_result
upkeep_db_report(struct upkeep_db *u, bool *more)
{
	static const int lengths[PROCESS_VALUES];
	const struct queue_params params = { PROCESS_VALUES, u->process.values,
		lengths };
	struct process_state state = tally_state();
	char *counters = metrics_text(tally_write);
	enum queue_result result = QUEUE_FAILED;
	PGresult *res = NULL;

	*more = false;
	state.counters = counters;
	process_set(&u->process, &state);
	if (counters != NULL)
		result = queue_conn_call(u->conn, QUEUE_REPORT, &params, &res);
	PQclear(res);
	free(counters);
	return result;
}

enum queue_result
upkeep_db_health(struct upkeep_db *u, bool *more)
{
	const struct queue_params *params = health_params_take(u->health, more);
	enum queue_result result = QUEUE_DONE;
	PGresult *res = NULL;

	if (params == NULL)
		return QUEUE_DONE;
	result = queue_conn_call(u->conn, QUEUE_HEALTH, params, &res);
	if (result != QUEUE_DONE)
		health_params_put_back(u->health);
	PQclear(res);
	return result;
}
