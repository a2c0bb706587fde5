/* retry_policy.c - what becomes of a delivery after an attempt, and when. */
#include "delivery/retry_policy.h"

static int32_t
choose_hold(const struct retry_case *c)
{
	if (!c->verdict->honours_retry_after || c->retry_after_s <= 0)
		return 0;
	if (c->retry_after_s > RETRY_AFTER_MAX_MS / 1000)
		return RETRY_AFTER_MAX_MS;
	return 1000 * (int32_t)c->retry_after_s;
}

struct retry_decision
retry_policy_decide(const struct retry_case *c, uint32_t dice)
{
	struct retry_decision d = { .fate = c->verdict->fate,
		.hold_ms = choose_hold(c) };

	if (d.fate == FATE_RETRY &&
	    !retry_schedule_next(c->schedule, c->retry_no, dice, &d.delay_ms))
		d.fate = FATE_FAILED;
	return d;
}
