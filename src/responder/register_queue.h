/*
 * register_queue.h - the queue between request threads and the committer.
 *
 * A registration waits in it, is taken as part of a batch, gets its reply, and
 * stays until its response has left. The queue is bounded (back-pressure):
 * what is too much is refused at once. Safe for any number of threads; one of
 * them is the committer. Those that wait take turns by account.
 */
#ifndef POSTERN_REGISTER_QUEUE_H
#define POSTERN_REGISTER_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "responder/pending.h"

struct register_queue;

/*
 * waiting_max bounds the registrations that are waited for at one time, half
 * of it those of one URL of an account. NULL when memory is short. Pair with
 * register_queue_close; NULL is fine.
 */
MUST_CHECK struct register_queue *register_queue_open(size_t waiting_max);
void register_queue_close(struct register_queue *q);

/* For request threads. */

/* Queue a copy of the request. NULL: too many wait, or memory is short. */
MUST_CHECK struct pending *register_queue_add(struct register_queue *q,
    const struct register_db_request *request);

/*
 * Give up, as the deadline has passed. False: the reply is on its way, wait
 * for it. Else the registration is no longer the caller's.
 */
MUST_CHECK bool register_queue_abandon(struct register_queue *q,
    struct pending *p);

/* Hand back one whose reply was read and is not REGISTERED. */
void register_queue_release(struct register_queue *q, struct pending *p);

/* Does another of its URL wait until the response to this one has left? */
bool register_queue_is_contended(struct register_queue *q,
    const unsigned char id[ID_BYTES]);

/* The response to a REGISTERED one has left: others of its URL may go on. */
void register_queue_response_sent(struct register_queue *q,
    const unsigned char id[ID_BYTES]);

/* For the committer. */

/*
 * Wait for work and take what may go together, at most REGISTER_DB_BATCH_MAX,
 * no two of one URL. 0: the queue is empty and stopping.
 */
size_t register_queue_take(struct register_queue *q, struct pending **batch);

/* Give each its reply and wake its caller. */
void register_queue_reply(struct register_queue *q, struct pending **batch,
    size_t count, const struct register_db_reply *replies);

/* Put them back to where they were in the queue. */
void register_queue_put_back(struct register_queue *q, struct pending **batch,
    size_t count);

/*
 * The same for those whose account is busy: they are taken again in 20 ms,
 * then in twice the time each, up to 250 ms, while others go on.
 */
void register_queue_put_off(struct register_queue *q, struct pending **batch,
    size_t count);

/* Has its caller given up? Then it is dropped. */
MUST_CHECK bool register_queue_drop_abandoned(struct register_queue *q,
    struct pending *p);

/* Wait so long, or until the queue is stopped. */
void register_queue_pause(struct register_queue *q, unsigned ms);

/* From now on nothing is added; register_queue_take empties it. */
void register_queue_stop(struct register_queue *q);
bool register_queue_is_stopping(struct register_queue *q);

#endif
