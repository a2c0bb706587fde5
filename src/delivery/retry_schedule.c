/* retry_schedule.c - the delays between attempts: exponential back-off. */
#include "delivery/retry_schedule.h"

#define SECOND 1000
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

static const int32_t schedule[RETRY_SCHEDULE_ATTEMPTS - 1] = {
	5 * SECOND,
	5 * MINUTE,
	30 * MINUTE,
	2 * HOUR,
	5 * HOUR,
	10 * HOUR,
	14 * HOUR,
	20 * HOUR,
	24 * HOUR,
};

bool
retry_schedule_next(int32_t retry_no, uint32_t dice, int32_t *ms)
{
	int32_t delay, tenth;

	if (retry_no < 0 || retry_no >= RETRY_SCHEDULE_ATTEMPTS - 1)
		return false;
	delay = schedule[retry_no];
	tenth = delay / 10;
	*ms = delay - tenth + (int32_t)(dice % (uint32_t)(2 * tenth + 1));
	return true;
}
