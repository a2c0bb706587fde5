/* clock.h - the monotonic clock: for deadlines and durations, never a date. */
#ifndef POSTERN_CLOCK_H
#define POSTERN_CLOCK_H

#include <pthread.h>
#include <time.h>

/* Milliseconds since a fixed moment; never steps (CLOCK_MONOTONIC). */
long long clock_now_ms(void);

/* The same in microseconds. */
long long clock_now_us(void);

/* The instant so many milliseconds from now, to wait for on a condition... */
struct timespec clock_deadline(unsigned ms);

/* ...that was made so, and waits by the monotonic clock. */
void clock_cond_init(pthread_cond_t *cond);

#endif
