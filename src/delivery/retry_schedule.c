/* retry_schedule.c - the delays between attempts: exponential back-off. */
#include "delivery/retry_schedule.h"

#define MINUTE 60
#define HOUR (60 * MINUTE)

static const struct retry_schedule usual = {
	.attempts = RETRY_SCHEDULE_ATTEMPTS,
	.delays_s = {
		5,
		5 * MINUTE,
		30 * MINUTE,
		2 * HOUR,
		5 * HOUR,
		10 * HOUR,
		14 * HOUR,
		20 * HOUR,
		24 * HOUR,
	},
};

bool
retry_schedule_next(const struct retry_schedule *schedule, int32_t retry_no,
    uint32_t dice, int64_t *ms)
{
	int64_t delay, tenth;

	if (schedule->attempts == 0)
		schedule = &usual;
	if (retry_no < 0 || retry_no >= schedule->attempts - 1)
		return false;
	delay = (int64_t)1000 * schedule->delays_s[retry_no];
	tenth = delay / 10;
	*ms = delay - tenth + (int64_t)dice % (2 * tenth + 1);
	return true;
}
