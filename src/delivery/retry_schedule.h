/*
 * retry_schedule.h - when a failed attempt is made again.
 *
 * Pure. The schedule is a table; 10 % of jitter keeps deliveries that failed
 * together from coming back together.
 */
#ifndef POSTERN_RETRY_SCHEDULE_H
#define POSTERN_RETRY_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#define RETRY_SCHEDULE_ATTEMPTS 10 /* of one delivery, the first included */

/*
 * Milliseconds until the next attempt after one failed at a step, 0 being
 * the first. dice is any number, best a random one. False: it was the last.
 */
bool retry_schedule_next(int32_t step, uint32_t dice, int32_t *ms);

#endif
