/* process.h - what several programs of the benchmarks need of the system. */
#ifndef BENCH_PROCESS_H
#define BENCH_PROCESS_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

/* Microseconds by CLOCK_REALTIME, CLOCK_MONOTONIC or another. */
static inline int64_t
now_us(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Say what errno says of it, and end. */
static inline void
fail(const char *what)
{
	perror(what);
	exit(1);
}

/* As many descriptors as may be had. */
static inline void
raise_limit(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

#endif
