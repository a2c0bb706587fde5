/* clock.h - the monotonic clock: for deadlines and durations, never a date. */
#ifndef POSTERN_CLOCK_H
#define POSTERN_CLOCK_H

/* Milliseconds since a fixed moment; never steps (CLOCK_MONOTONIC). */
long long clock_now_ms(void);

#endif
