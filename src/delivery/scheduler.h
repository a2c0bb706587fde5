/*
 * scheduler.h - fair scheduler and concurrency limiter: what is sent next.
 *
 * Pure but for memory. A webhook that fails, or answers slowly, must not take
 * the places of others. Of all requests that may be in flight
 *
 * - one webhook has at most what its concurrency limit has found, and no more
 *   than in_flight_per_webhook or than it asks for itself (max_in_flight);
 * - the last quarter is for webhooks with fewer than two in flight;
 * - webhooks on probation together have at most half;
 * - those of them that are failing together have at most a quarter;
 * - and so with the bytes of bodies in hand (prefetch.h).
 *
 * A webhook is proven while it takes its deliveries within SCHEDULER_SLOW_MS;
 * any other is on probation; one on probation that has failed before is
 * failing. An attempt goes back to the queue unsent when its webhook's circuit
 * breaker trips, when its webhook has stalled, and when too many attempts wait
 * for places on probation, or hold too many bytes.
 */
#ifndef POSTERN_SCHEDULER_H
#define POSTERN_SCHEDULER_H

#include <stdbool.h>
#include <stddef.h>

#include "delivery/attempt.h"

#define SCHEDULER_SLOW_MS 2000 /* who takes longer is on probation */
#define SCHEDULER_STALLED_MS \
	1000 /* nothing began or ended, while others wait */

struct scheduler;

/* NULL: memory is short. Pair with scheduler_close, which frees attempts. */
MUST_CHECK struct scheduler *scheduler_open(unsigned in_flight_max,
    unsigned in_flight_per_webhook);
void scheduler_close(struct scheduler *s);

/*
 * Queue an attempt, or end it at once when it cannot be sent. One that has
 * ended already is only passed on to scheduler_ended.
 */
void scheduler_add(struct scheduler *s, struct attempt *a, long long now_ms);

/* The attempt to start next, which is then in flight; NULL: none may start. */
MUST_CHECK struct attempt *scheduler_next(struct scheduler *s,
    long long now_ms);

/*
 * The last scheduler_next gave none only because it had started several on
 * probation at this very time: ask again a millisecond later.
 */
bool scheduler_paused(const struct scheduler *s);

/* An attempt that was in flight has ended. */
void scheduler_done(struct scheduler *s, struct attempt *a, long long now_ms);

/*
 * Return to the queue what waits for webhooks that have stalled. Call it at
 * least every SCHEDULER_STALLED_MS.
 */
void scheduler_return_stalled(struct scheduler *s, long long now_ms);

/* Return all that is not in flight, and all that is added from now on. */
void scheduler_drain(struct scheduler *s);

/* The attempts that have ended since the last call, linked. */
MUST_CHECK struct attempt *scheduler_ended(struct scheduler *s);

/* How many wait because their webhook has all its places in use. */
size_t scheduler_waiting(const struct scheduler *s);

#endif
