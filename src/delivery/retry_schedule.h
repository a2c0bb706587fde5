/*
 * retry_schedule.h - the delays between attempts: exponential back-off.
 *
 * Pure. The schedule is a table; 10 % of jitter keeps deliveries that failed
 * together from coming back together. retry_policy.h says when it applies.
 */
#ifndef POSTERN_RETRY_SCHEDULE_H
#define POSTERN_RETRY_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/compiler.h"

#define RETRY_SCHEDULE_ATTEMPTS 10 /* of one delivery, the first included */

/*
 * Milliseconds until the next attempt, after one that failed and had so many
 * retries before it. dice is any number, best a random one. False: it was the
 * last, and ms is untouched.
 */
MUST_CHECK bool retry_schedule_next(int32_t retry_no, uint32_t dice,
    int32_t *ms);

#endif
