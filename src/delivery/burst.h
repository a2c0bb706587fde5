/*
 * burst.h - does work come thick and fast?
 *
 * Pure. A worker that sleeps is notified by each publisher, and a commit that
 * notifies waits for all others that do. So it sleeps only while little comes:
 * at a pace it looks by itself, and lingers a little when there is nothing.
 */
#ifndef POSTERN_BURST_H
#define POSTERN_BURST_H

#include <stdbool.h>

#define BURST_FINDS 8       /* so many claims that found something */
#define BURST_WITHIN_MS 160 /* in such a time are a pace */
#define BURST_LINGER_MS 40  /* after the last, it is over */

/* Zeroed: nothing has been found. */
struct burst {
	long long found_ms[BURST_FINDS];
	unsigned next;
};

/* A claim found something. */
void burst_found(struct burst *b, long long now_ms);

bool burst_is_on(const struct burst *b, long long now_ms);

#endif
