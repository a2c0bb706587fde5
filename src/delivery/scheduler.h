/*
 * scheduler.h - fair scheduler and concurrency limiter: what is sent next.
 *
 * Pure but for memory. No account delays another, and no webhook that fails or
 * answers slowly those of the same account. Of all requests that may be in
 * flight
 *
 * - an account has what account_turns.h gives it: nearly all while nobody else
 *   wants any, otherwise its part by weight; webhooks that are not proven have
 *   half of the places at most, and those of them that are failing a quarter;
 * - the account with the least for its weight is next, and of its webhooks with
 *   the same standing each in turn (round robin);
 * - one webhook has at most what its concurrency limit has found, and no more
 *   than in_flight_per_webhook or than it asks for itself (max_in_flight).
 *
 * A webhook's standing comes with each attempt; once an answer has come, that
 * tells it, and a webhook that is slow just now (webhook_line.h) is not proven,
 * whatever it was. A place stays with the pool that it was taken from.
 *
 * What waits goes back to the queue unsent, ended as returned, when its
 * webhook's circuit breaker trips; when its webhook has stalled, but for
 * SCHEDULER_STALLED_AHEAD; when so many wait that the webhook's limit would
 * take too long for them; and when it has waited for SCHEDULER_WAIT_MS, or was
 * claimed so long before it came. Nothing else goes back for want of a place.
 */
#ifndef POSTERN_SCHEDULER_H
#define POSTERN_SCHEDULER_H

#include <stdbool.h>
#include <stddef.h>

#include "delivery/attempt.h"

#define SCHEDULER_STALLED_AHEAD 1
#define SCHEDULER_WAIT_MS 20000 /* a sixth of the lease */
#define SCHEDULER_SWEEP_MS 250

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
 * The last scheduler_next gave none only because it had started several that
 * are not proven at this very time: ask again a millisecond later.
 */
bool scheduler_paused(const struct scheduler *s);

/*
 * An attempt that was in flight has ended. Its limit says what its webhook
 * takes now, and stalled that it may have no more than it has.
 */
void scheduler_done(struct scheduler *s, struct attempt *a, long long now_ms);

/*
 * Return to the queue what waits for webhooks that have stalled, or has waited
 * for too long. Call it every SCHEDULER_SWEEP_MS while some wait.
 */
void scheduler_return_stalled(struct scheduler *s, long long now_ms);

/* Return all that is not in flight, and all that is added from now on. */
void scheduler_drain(struct scheduler *s);

/* The attempts that have ended since the last call, linked. */
MUST_CHECK struct attempt *scheduler_ended(struct scheduler *s);

/* How many are in hand and not in flight. */
size_t scheduler_waiting(const struct scheduler *s);

/* What came of its places since it was opened, in milliseconds of one place. */
struct scheduler_figures {
	unsigned long long held_ms;
	unsigned long long missed_ms; /* empty, while one that may go waited */
};

struct scheduler_figures scheduler_figures(const struct scheduler *s);

#endif
