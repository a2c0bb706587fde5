/*
 * queue_conn.h - a connection of the worker's, and the calls that it makes.
 *
 * It dials, prepares a statement for each function that its duty calls, and
 * notices when the connection is lost. One thread each; queue_conn_cut is for
 * others. What the calls mean is in queue_db.h and upkeep_db.h.
 */
#ifndef POSTERN_QUEUE_CONN_H
#define POSTERN_QUEUE_CONN_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"

#define QUEUE_LEASE "120 s" /* twice what an attempt may last */
#define QUEUE_PARAMS_MAX 32 /* of one call */

enum queue_result {
	QUEUE_DONE,
	QUEUE_FAILED, /* the database refused, logged; nothing was changed */
	QUEUE_LOST    /* no connection any longer; perhaps committed */
};

/* What a connection is for. */
enum queue_duty {
	QUEUE_DELIVERIES, /* it signs on, and listens for publishers */
	QUEUE_UPKEEP,
	QUEUE_DUTIES
};

/* Functions of the schema postern; from QUEUE_RECLAIM on, of upkeep. */
enum queue_call {
	QUEUE_SIGN_ON,
	QUEUE_CLAIM,
	QUEUE_RECORD,
	QUEUE_APPLY_NOTES,
	QUEUE_GO_IDLE,
	QUEUE_LEAVE_IDLE,
	QUEUE_RECLAIM,
	QUEUE_TURN_DAYS,
	QUEUE_TIDY,
	QUEUE_WORK,
	QUEUE_REPORT,
	QUEUE_HEALTH,
	QUEUE_CALLS
};

/*
 * Parameters of a call. A value goes in binary; one with a length of 0 is a
 * text that ends in NUL, or NULL.
 */
struct queue_params {
	int count;
	const char *const *values;
	const int *lengths;
};

struct queue_conn;
struct pg_conn;
struct pg_result;

/*
 * No connection yet. signs is told when it signs on, and borrowed. NULL when
 * memory is short.
 */
MUST_CHECK struct queue_conn *queue_conn_open(const char *conninfo,
    enum queue_duty duty, const char *signs);
void queue_conn_close(struct queue_conn *c);

/*
 * Connect unless connected, and sign on, as who it was before if it was; false
 * when it cannot be (logged once), or after queue_conn_cut.
 */
MUST_CHECK bool queue_conn_connect(struct queue_conn *c);

/* End the call in hand, and let it do no other. From any thread. */
void queue_conn_cut(struct queue_conn *c);

/* Its socket; -1 when not connected. */
int queue_conn_socket(const struct queue_conn *c);

/* This worker's number, of its last session; 0: it has had none. */
unsigned queue_conn_number(const struct queue_conn *c);

/* Take in what the server sent by itself: has anything been published? */
bool queue_conn_notified(struct queue_conn *c);

/*
 * Call a function, in one transaction. QUEUE_DONE: its rows are in res, which
 * the caller clears; else res is NULL, and QUEUE_LOST has disconnected.
 */
MUST_CHECK enum queue_result queue_conn_call(struct queue_conn *c,
    enum queue_call call, const struct queue_params *p, struct pg_result **res);

/*
 * Claim. Its rows are in binary, and shown one by one as they come; they count
 * only if it is done.
 */
MUST_CHECK enum queue_result queue_conn_claim(struct queue_conn *c,
    const struct queue_params *p,
    void (*show)(const struct pg_result *row, void *arg), void *arg);

/* A connection that is ready for its duty; NULL: why says why not. */
MUST_CHECK struct pg_conn *queue_conn_dial(const char *conninfo,
    enum queue_duty duty, char *why, size_t why_size);

#endif
