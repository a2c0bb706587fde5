/* clock.c - the monotonic clock: for deadlines and durations, never a date. */
#include "common/clock.h"

#define NS_PER_US 1000
#define NS_PER_MS 1000000
#define NS_PER_SECOND 1000000000

long long
clock_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000 + t.tv_nsec / NS_PER_MS;
}

long long
clock_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (long long)t.tv_sec * 1000000 + t.tv_nsec / NS_PER_US;
}

struct timespec
clock_deadline(unsigned ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += (long)(ms % 1000) * NS_PER_MS;
	if (t.tv_nsec >= NS_PER_SECOND) {
		t.tv_sec++;
		t.tv_nsec -= NS_PER_SECOND;
	}
	return t;
}

void
clock_cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &attr);
	pthread_condattr_destroy(&attr);
}
