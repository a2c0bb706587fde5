/*
 * record_queue.h - attempts that have ended and wait to be recorded.
 *
 * Pure but for memory. Accounts take turns, those that had none first, so that
 * one of which many end at once delays no other's. What changes a webhook's
 * lane takes longer to record: of such there are a few at a time, so that the
 * next claim is soon.
 */
#ifndef POSTERN_RECORD_QUEUE_H
#define POSTERN_RECORD_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "delivery/attempt.h"

#define RECORD_QUEUE_DEAR 64 /* at a time, that were not delivered */

struct record_queue;

/* NULL when memory is short. Pair with record_queue_close, NULL is fine. */
MUST_CHECK struct record_queue *record_queue_open(void);

/* Free what is inside as well. */
void record_queue_close(struct record_queue *q);

/* Add linked attempts, which the queue then owns. NULL is fine. */
void record_queue_add(struct record_queue *q, struct attempt *first);

/*
 * Those to record next, linked, the caller's then: at most count_max, and
 * RECORD_QUEUE_DEAR that were not delivered. NULL: there are none.
 */
MUST_CHECK struct attempt *record_queue_take(struct record_queue *q,
    size_t count_max);

#endif
