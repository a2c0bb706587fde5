/* clock.c - the monotonic clock: for deadlines and durations, never a date. */
#include "common/clock.h"

#include <time.h>

long long
clock_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}
