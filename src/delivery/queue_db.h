/*
 * queue_db.h - the worker's door to PostgreSQL: claim, record, and rest.
 *
 * One connection, one thread. Each call is one transaction. A call that
 * fails is logged; QUEUE_DB_LOST closes the connection, and the next
 * queue_db_connect dials again.
 */
#ifndef POSTERN_QUEUE_DB_H
#define POSTERN_QUEUE_DB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "delivery/attempt.h"
#include "delivery/webhook_table.h"
#include "delivery/secret_cache.h"

#define QUEUE_DB_BATCH_MAX 256 /* deliveries of one claim or record */
#define QUEUE_DB_LEASE "60 s"  /* four times what an attempt may last */

enum queue_db_result {
	QUEUE_DB_DONE,
	QUEUE_DB_FAILED, /* the database refused; nothing was changed */
	QUEUE_DB_LOST    /* no connection; perhaps committed */
};

enum queue_db_sleep {
	QUEUE_DB_LISTENING, /* a publisher will notify us */
	QUEUE_DB_POLLING,   /* one has yet to commit, and will not */
	QUEUE_DB_STANDBY    /* another worker is asleep */
};

/* What a claim looks for, and what it saw. */
struct queue_db_claim {
	int64_t low;                   /* only fresh ids above; 0: thorough */
	size_t wanted;                 /* at most QUEUE_DB_BATCH_MAX */
	unsigned per_webhook;          /* at most, with those in hand */
	struct webhook_table *in_hand; /* those in hand, counted as active */
	unsigned in_hand_from;         /* counts below are taken for none */
	size_t bytes_max;              /* of bodies */
	int64_t high;                  /* the highest looked at; 0: none */
	bool more;                     /* there may be more at once */
	bool notes;                    /* some are to be settled */
	bool more_waiting;             /* more backlogs than one claim takes */
	struct attempt *first;         /* what was taken */
	size_t taken, taken_bytes;
	size_t seen_bytes; /* with bodies there was no room for */
};

struct queue_db;
struct pg_conn;

/* No connection yet. keys is borrowed. NULL when memory is short. */
struct queue_db *queue_db_open(const char *conninfo, struct secret_cache *keys);
void queue_db_close(struct queue_db *q);

/* Connect unless connected; false when it cannot be (logged once). */
bool queue_db_connect(struct queue_db *q);

/* Its socket; -1 when not connected. */
int queue_db_socket(const struct queue_db *q);

/*
 * Take deliveries in hand; the caller then owns the attempts. Those whose
 * bodies would be too many bytes come without, ended as returned.
 */
enum queue_db_result queue_db_claim(struct queue_db *q,
    struct queue_db_claim *c);

/*
 * Record linked attempts, at most QUEUE_DB_BATCH_MAX, and log what changed.
 * To record one again is harmless.
 */
enum queue_db_result queue_db_record(struct queue_db *q,
    const struct attempt *first);

/*
 * Make up for what earlier calls could only take a note of, because another
 * transaction held the webhook; and log what changed.
 */
enum queue_db_result queue_db_apply_notes(struct queue_db *q);

/* Owe again what lost workers had in hand; of leases over since the last. */
enum queue_db_result queue_db_reclaim_expired(struct queue_db *q);

/* Try to sleep; wait_ms is when a backlog's time comes, -1: not known. */
enum queue_db_result queue_db_go_idle(struct queue_db *q,
    enum queue_db_sleep *sleep, int *wait_ms);

/* Give up the sleep; a no-op when not asleep. */
enum queue_db_result queue_db_leave_idle(struct queue_db *q);

/* Partitions ahead and behind. */
enum queue_db_result queue_db_maintain(struct queue_db *q);

/* A short step of giving up what is owed for too long; is there more? */
enum queue_db_result queue_db_expire(struct queue_db *q, bool *more);

/* Take in what the server sent by itself: has anything been published? */
bool queue_db_notified(struct queue_db *q);

/* A connection that is ready for all of this; NULL: why says why not. */
struct pg_conn *queue_db_dial(const char *conninfo, char *why, size_t why_size);

#endif
