/*
 * queue.h - the worker's door to PostgreSQL: claim, record, and rest.
 *
 * One connection, one thread. Each call is one transaction. A call that
 * fails is logged; QUEUE_LOST closes the connection, and the next
 * queue_connect dials again.
 */
#ifndef POSTERN_QUEUE_H
#define POSTERN_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "delivery/attempt.h"
#include "delivery/crowd.h"
#include "delivery/keys.h"

#define QUEUE_BATCH_MAX 256	/* deliveries of one claim or record */
#define QUEUE_LEASE "60 s"	/* four times what an attempt may last */

enum queue_result {
	QUEUE_DONE,
	QUEUE_FAILED,		/* the database refused; nothing was changed */
	QUEUE_LOST		/* no connection; perhaps committed */
};

enum queue_sleep {
	QUEUE_ASLEEP,		/* a publisher will notify us */
	QUEUE_WATCHFUL,		/* one has yet to commit, and will not */
	QUEUE_RELIEVED		/* another worker is asleep */
};

/* What a claim looks for, and what it saw. */
struct queue_claim {
	int64_t low;			/* only fresh ids above; 0: thorough */
	size_t wanted;			/* at most QUEUE_BATCH_MAX */
	unsigned each;			/* of one webhook, with those in hand */
	struct crowd *busy;		/* those in hand, counted as active */
	unsigned busy_from;		/* counts below are taken for none */
	size_t bytes;			/* of bodies, at most */
	int64_t high;			/* the highest looked at; 0: none */
	bool more;			/* there may be more at once */
	bool notes;			/* some are to be settled */
	bool more_waiting;		/* more backlogs than one claim takes */
	struct attempt *first;		/* what was taken */
	size_t taken, taken_bytes;
	size_t seen_bytes;		/* with bodies there was no room for */
};

struct queue;
struct pg_conn;

/* No connection yet. keys is borrowed. NULL when memory is short. */
struct queue *queue_open(const char *conninfo, struct keys *keys);
void queue_close(struct queue *q);

/* Connect unless connected; false when it cannot be (logged once). */
bool queue_connect(struct queue *q);

/* Its socket; -1 when not connected. */
int queue_socket(const struct queue *q);

/*
 * Take deliveries in hand; the caller then owns the attempts. Those whose
 * bodies would be too many bytes come without, ended as returned.
 */
enum queue_result queue_claim(struct queue *q, struct queue_claim *c);

/*
 * Record linked attempts, at most QUEUE_BATCH_MAX, and log what changed.
 * To record one again is harmless.
 */
enum queue_result queue_record(struct queue *q, const struct attempt *first);

/*
 * Make up for what earlier calls could only take a note of, because another
 * transaction held the webhook; and log what changed.
 */
enum queue_result queue_settle(struct queue *q);

/* Owe again what lost workers had in hand; of leases over since the last. */
enum queue_result queue_recover(struct queue *q);

/* Try to sleep; wait_ms is when a backlog's time comes, -1: not known. */
enum queue_result queue_rest(struct queue *q, enum queue_sleep *sleep,
    int *wait_ms);

/* Give up the sleep; a no-op when not asleep. */
enum queue_result queue_rise(struct queue *q);

/* Partitions ahead and behind. */
enum queue_result queue_maintain(struct queue *q);

/* A short step of giving up what is owed for too long; is there more? */
enum queue_result queue_expire(struct queue *q, bool *more);

/* Take in what the server sent by itself: has anything been published? */
bool queue_notified(struct queue *q);

/* A connection that is ready for all of this; NULL: why says why not. */
struct pg_conn *queue_dial(const char *conninfo, char *why, size_t why_size);

#endif
