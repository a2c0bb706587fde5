/*
 * backoff.h - when a failed attempt is made again.
 *
 * Pure. The schedule is a table; 10 % of jitter keeps deliveries that failed
 * together from coming back together.
 */
#ifndef POSTERN_BACKOFF_H
#define POSTERN_BACKOFF_H

#include <stdbool.h>
#include <stdint.h>

#define BACKOFF_ATTEMPTS 10	/* of one delivery, the first included */

/*
 * Milliseconds until the next attempt after one failed at a step, 0 being
 * the first. dice is any number, best a random one. False: it was the last.
 */
bool backoff_next(int32_t step, uint32_t dice, int32_t *ms);

#endif
