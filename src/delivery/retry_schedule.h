/*
 * retry_schedule.h - the delays between attempts: exponential back-off.
 *
 * Pure. The default schedule is a table; an operator may set another, for all
 * webhooks or for one. 10 % of jitter keeps deliveries that failed together
 * from coming back together. retry_policy.h says when it applies.
 */
#ifndef POSTERN_RETRY_SCHEDULE_H
#define POSTERN_RETRY_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/compiler.h"

#define RETRY_SCHEDULE_ATTEMPTS 10 /* by default, the first included */
#define RETRY_SCHEDULE_ATTEMPTS_MAX 20

struct retry_schedule {
	int32_t attempts; /* of one delivery, the first included; 0: default */
	int32_t delays_s[RETRY_SCHEDULE_ATTEMPTS_MAX - 1];
};

/*
 * Milliseconds until the next attempt, after one that failed and had so many
 * retries before it. dice is any number, best a random one. False: it was the
 * last, and ms is untouched.
 */
MUST_CHECK bool retry_schedule_next(const struct retry_schedule *schedule,
    int32_t retry_no, uint32_t dice, int64_t *ms);

#endif
