/*
 * lineup.h - who goes next: so many to one webhook, so many in all.
 *
 * Pure but for memory. A webhook that does not answer, or takes its time, must
 * cost no other its own, so the last quarter of the places is for webhooks
 * that have hardly any, half of them is the most that webhooks not known to
 * answer may have, a quarter the most that those among them may have that have
 * failed before, and attempts that wait behind a webhook that stands still go
 * back to the queue, as do those behind one that has failed hard.
 */
#ifndef POSTERN_LINEUP_H
#define POSTERN_LINEUP_H

#include <stdbool.h>
#include <stddef.h>

#include "delivery/attempt.h"

#define LINEUP_EACH 8		/* in flight to one webhook */
#define LINEUP_SLOW_MS 2000	/* who takes longer is not known to answer */
#define LINEUP_STILL_MS 1000	/* without an answer, while others wait */

struct lineup;

/* NULL when memory is short. Pair with lineup_close, which frees attempts. */
struct lineup *lineup_open(unsigned in_flight);
void lineup_close(struct lineup *l);

/* Line up, or end at once; what has been returned already just ends. */
void lineup_add(struct lineup *l, struct attempt *a, long long now_ms);

/* The next to be started, which then is in flight; NULL: none may be. */
struct attempt *lineup_next(struct lineup *l, long long now_ms);

/*
 * The last call gave none only because several that are not known to answer
 * were started at this very time: ask again a millisecond later.
 */
bool lineup_paused(const struct lineup *l);

/* One in flight has ended, as its ending says. */
void lineup_done(struct lineup *l, struct attempt *a, long long now_ms);

/* Send back those that wait in vain. To be called every LINEUP_STILL_MS. */
void lineup_look(struct lineup *l, long long now_ms);

/* From now on send back all that is not in flight. */
void lineup_drain(struct lineup *l);

/* All that have ended since the last call, linked. */
struct attempt *lineup_ended(struct lineup *l);

/* How many wait for others of their webhook. */
size_t lineup_waiting(const struct lineup *l);

#endif
