/*
 * burst.h - burst detector: poll while much comes, LISTEN while little does.
 *
 * Pure. Each publisher notifies a worker that listens, and PostgreSQL commits
 * transactions that notify one after the other. So a worker listens only while
 * little is published. During a burst it polls, and goes on for a little
 * while after a claim that found nothing.
 */
#ifndef POSTERN_BURST_H
#define POSTERN_BURST_H

#include <stdbool.h>

#define BURST_FINDS 8       /* so many claims that found something */
#define BURST_WITHIN_MS 160 /* within such a time are a burst */
#define BURST_LINGER_MS 40  /* so long after the last it is over */

/* When the last claims found something, a ring. Zeroed: none has. */
struct burst {
	long long found_ms[BURST_FINDS];
	unsigned next;
};

/* A claim found something. */
void burst_found(struct burst *b, long long now_ms);

bool burst_is_on(const struct burst *b, long long now_ms);

#endif
