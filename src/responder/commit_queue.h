/*
 * commit_queue.h - the queue between request threads and the committer.
 *
 * A request waits in it, is taken as part of a batch, gets its reply, and may
 * stay until its response has left. The queue is bounded (back-pressure):
 * what is too much is refused at once. Safe for any number of threads; one of
 * them is the committer. Those that wait take turns by account.
 */
#ifndef POSTERN_COMMIT_QUEUE_H
#define POSTERN_COMMIT_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "responder/commit_kind.h"

struct commit_queue;

/*
 * waiting_max bounds the requests that are waited for at one time, half of it
 * those that are in conflict with each other. NULL when memory is short. Pair
 * with commit_queue_close; NULL is fine.
 */
MUST_CHECK struct commit_queue *commit_queue_open(const struct commit_kind
						      *kind,
    size_t waiting_max);
void commit_queue_close(struct commit_queue *q);

/* For request threads. */

/* One to fill. NULL: too many wait. */
MUST_CHECK struct pending *commit_queue_borrow(struct commit_queue *q);

/* It waits from now on. False: too many in conflict with it do. */
MUST_CHECK bool commit_queue_join(struct commit_queue *q, struct pending *p);

/*
 * Give up, as the deadline has passed. False: the reply is on its way, wait
 * for it. Else it is no longer the caller's.
 */
MUST_CHECK bool commit_queue_abandon(struct commit_queue *q, struct pending *p);

/* Hand back one that does not wait, nor stay. */
void commit_queue_release(struct commit_queue *q, struct pending *p);

/* Does one wait until the response to this one, which stays, has left? */
bool commit_queue_is_contended(struct commit_queue *q,
    const unsigned char id[ID_BYTES]);

/* The response to one that stays has left: others may go on. */
void commit_queue_response_sent(struct commit_queue *q,
    const unsigned char id[ID_BYTES]);

/* For the committer. */

/*
 * Wait for work and take what may go together, within the kind's limits, no two
 * in conflict. 0: the queue is empty and stopping.
 */
size_t commit_queue_take(struct commit_queue *q, struct pending **batch);

/* The reply of each is set: wake its caller. */
void commit_queue_reply(struct commit_queue *q, struct pending **batch,
    size_t count);

/* Put them back to where they were in the queue. */
void commit_queue_put_back(struct commit_queue *q, struct pending **batch,
    size_t count);

/*
 * The same for those whose account is busy: they are taken again in 20 ms,
 * then in twice the time each, up to 250 ms, while others go on.
 */
void commit_queue_put_off(struct commit_queue *q, struct pending **batch,
    size_t count);

/* Has its caller given up? Then it is dropped. */
MUST_CHECK bool commit_queue_drop_abandoned(struct commit_queue *q,
    struct pending *p);

/* Wait so long, or until the queue is stopped. */
void commit_queue_pause(struct commit_queue *q, unsigned ms);

/* From now on nothing is added; commit_queue_take empties it. */
void commit_queue_stop(struct commit_queue *q);
bool commit_queue_is_stopping(struct commit_queue *q);

#endif
