/*
 * upkeep_db.h - the calls for the upkeep of the database.
 *
 * One connection, one thread. Each call is one transaction. A call that fails
 * is logged; QUEUE_LOST closes the connection, and the next upkeep_db_connect
 * dials again.
 */
#ifndef POSTERN_UPKEEP_DB_H
#define POSTERN_UPKEEP_DB_H

#include <stdbool.h>

#include "common/compiler.h"
#include "delivery/queue_conn.h"

struct upkeep_db;

/* No connection yet. NULL when memory is short. */
MUST_CHECK struct upkeep_db *upkeep_db_open(const char *conninfo);
void upkeep_db_close(struct upkeep_db *u);

/* Connect unless connected; false when it cannot be (logged once). */
MUST_CHECK bool upkeep_db_connect(struct upkeep_db *u);

bool upkeep_db_is_connected(const struct upkeep_db *u);

/* End the call in hand, and let it do no other. From any thread. */
void upkeep_db_cut(struct upkeep_db *u);

/*
 * Owe again what workers had in hand that are gone, and deliveries whose leases
 * expired since the last call: any? To be called each second or so.
 */
MUST_CHECK enum queue_result upkeep_db_reclaim(struct upkeep_db *u, bool *any);

/*
 * Make a partition ahead, or drop one behind the retention; are there more?
 * QUEUE_FAILED, too, when what is left cannot be done now; why not is logged.
 */
MUST_CHECK enum queue_result upkeep_db_turn_days(struct upkeep_db *u,
    bool *more);

/* Tell what this process is, and what it has counted; more: never. */
MUST_CHECK enum queue_result upkeep_db_report(struct upkeep_db *u, bool *more);

/* Write how webhooks fared since the last call; more: it was not all. */
MUST_CHECK enum queue_result upkeep_db_health(struct upkeep_db *u, bool *more);

/* A short step of removing what is old; is there more? */
MUST_CHECK enum queue_result upkeep_db_tidy(struct upkeep_db *u, bool *more);

/*
 * A short step of what takes long, such as a replay, of one account after the
 * other. more: something was done.
 */
MUST_CHECK enum queue_result upkeep_db_work(struct upkeep_db *u, bool *more);

#endif
