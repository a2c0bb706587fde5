/*
 * queue_db.h - the queue in PostgreSQL, as the worker uses it: claim, record.
 *
 * Delivery is at least once: a claim takes a lease (a visibility timeout) on
 * each delivery, and who does not record it by then loses it to another
 * worker; the attempt's number is the fencing token that keeps the two apart.
 * One connection, one thread. Each call is one transaction. A call that fails
 * is logged; QUEUE_LOST closes the connection, and the next queue_db_connect
 * dials again.
 */
#ifndef POSTERN_QUEUE_DB_H
#define POSTERN_QUEUE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"
#include "delivery/attempt.h"
#include "delivery/claim_plan.h"
#include "delivery/prefetch.h"
#include "delivery/queue_conn.h"
#include "delivery/secret_cache.h"

#define QUEUE_DB_BATCH_MAX 256 /* attempts of one record */

enum queue_sleep {
	QUEUE_LISTENING, /* a publisher will notify us */
	QUEUE_POLLING,   /* one has yet to commit, and will not notify */
	QUEUE_STANDBY    /* another worker listens */
};

/* What a claim gives. */
struct queue_db_claim {
	struct claim_answer answer;
	struct attempt *first; /* what was taken */
	size_t taken;
	size_t seen_bytes; /* with bodies there was no room for */
};

struct queue_db;

/*
 * No connection yet. keys is borrowed, and signs, the scope in which the worker
 * signs (platform_signer_scope). NULL when memory is short.
 */
MUST_CHECK struct queue_db *queue_db_open(const char *conninfo,
    struct secret_cache *keys, const char *signs);
void queue_db_close(struct queue_db *q);

/* Connect unless connected; false when it cannot be (logged once). */
MUST_CHECK bool queue_db_connect(struct queue_db *q);

/* This worker's number; 0: it has none yet. */
unsigned queue_db_number(const struct queue_db *q);

/* Its socket; -1 when not connected. */
int queue_db_socket(const struct queue_db *q);

/* Take in what the server sent by itself: has anything been published? */
bool queue_db_notified(struct queue_db *q);

/*
 * Take deliveries in hand; the caller then owns the attempts. Those whose
 * bodies would be too many bytes come without, ended as returned. The accounts
 * in the answer stay until the next claim.
 */
MUST_CHECK enum queue_result queue_db_claim(struct queue_db *q,
    const struct claim_order *order, const struct prefetch *hand,
    struct queue_db_claim *c);

/*
 * Record linked attempts, at most QUEUE_DB_BATCH_MAX, and log what changed.
 * To record one again is harmless: it is idempotent.
 */
MUST_CHECK enum queue_result queue_db_record(struct queue_db *q,
    const struct attempt *first);

/*
 * Make up for what earlier calls could only take a note of, because another
 * transaction held the webhook; and log what changed.
 */
MUST_CHECK enum queue_result queue_db_apply_notes(struct queue_db *q);

/*
 * Say that there is nothing to do; sleep says how to wait. wait_ms is when a
 * backlog's time comes, -1: not known.
 */
MUST_CHECK enum queue_result queue_db_go_idle(struct queue_db *q,
    enum queue_sleep *sleep, int *wait_ms);

/* Listen no longer, so that publishers need not notify. */
MUST_CHECK enum queue_result queue_db_leave_idle(struct queue_db *q);

#endif
