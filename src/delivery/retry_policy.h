/*
 * retry_policy.h - what becomes of a delivery after an attempt, and when.
 *
 * Pure. From the verdict, the retries so far and the answer's Retry-After it
 * decides whether the delivery is done, a dead letter or owed again, and how
 * long that waits, by the webhook's schedule: retry_schedule.h.
 *
 * The policy for a webhook as a whole is in SQL, sql/functions/record.sql,
 * where all workers share it: postern.record calls postern.move_failing_lane,
 * which opens the webhook's circuit breaker for postern.cool_down, or for
 * hold_ms if that is longer, counts failures, and says when the webhook is to
 * be disabled: after 410 Gone, or five days of failures only (longer, if its
 * schedule is). Once the cool-down is over, postern.claim lets one delivery
 * through: the half-open probe.
 */
#ifndef POSTERN_RETRY_POLICY_H
#define POSTERN_RETRY_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "delivery/retry_schedule.h"
#include "delivery/verdict.h"

#define RETRY_AFTER_MAX_MS 86400000 /* at most a day is waited when asked */

/* An attempt that has ended. */
struct retry_case {
	const struct verdict *verdict;
	int32_t retry_no;   /* retries before this attempt, by the schedule */
	long retry_after_s; /* as the answer asks; 0: it does not */
	const struct retry_schedule *schedule;
};

struct retry_decision {
	enum fate fate;   /* FATE_RETRY becomes FATE_FAILED after the last */
	int64_t delay_ms; /* until it is due, if it is owed again */
	int32_t hold_ms;  /* until its webhook may be sent anything; 0: now */
};

/* dice is any number, best a random one: it spreads the delays. */
struct retry_decision retry_policy_decide(const struct retry_case *c,
    uint32_t dice);

#endif
