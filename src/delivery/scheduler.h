/*
 * scheduler.h - who goes next: so many to one webhook, so many in all.
 *
 * Pure but for memory. A webhook that does not answer, or takes its time, must
 * cost no other its own, so the last quarter of the places is for webhooks
 * that have hardly any, half of them is the most that webhooks not known to
 * answer may have, a quarter the most that those among them may have that have
 * failed before, and attempts that wait behind a webhook that stands still go
 * back to the queue, as do those behind one that has failed hard.
 */
#ifndef POSTERN_SCHEDULER_H
#define POSTERN_SCHEDULER_H

#include <stdbool.h>
#include <stddef.h>

#include "delivery/attempt.h"

#define IN_FLIGHT_PER_WEBHOOK 8 /* in flight to one webhook */
#define SCHEDULER_SLOW_MS 2000  /* who takes longer is not known to answer */
#define SCHEDULER_STILL_MS 1000 /* without an answer, while others wait */

struct scheduler;

/* NULL: memory is short. Pair with scheduler_close, which frees attempts. */
struct scheduler *scheduler_open(unsigned in_flight);
void scheduler_close(struct scheduler *l);

/* Line up, or end at once; what has been returned already just ends. */
void scheduler_add(struct scheduler *l, struct attempt *a, long long now_ms);

/* The next to be started, which then is in flight; NULL: none may be. */
struct attempt *scheduler_next(struct scheduler *l, long long now_ms);

/*
 * The last call gave none only because several that are not known to answer
 * were started at this very time: ask again a millisecond later.
 */
bool scheduler_paused(const struct scheduler *l);

/* One in flight has ended, as its ending says. */
void scheduler_done(struct scheduler *l, struct attempt *a, long long now_ms);

/* Send back those that wait in vain. To be called every SCHEDULER_STILL_MS. */
void scheduler_look(struct scheduler *l, long long now_ms);

/* From now on send back all that is not in flight. */
void scheduler_drain(struct scheduler *l);

/* All that have ended since the last call, linked. */
struct attempt *scheduler_ended(struct scheduler *l);

/* How many wait for others of their webhook. */
size_t scheduler_waiting(const struct scheduler *l);

#endif
