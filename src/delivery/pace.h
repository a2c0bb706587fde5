/*
 * pace.h - does work come thick and fast?
 *
 * Pure. A worker that sleeps is notified by each publisher, and a commit that
 * notifies waits for all others that do. So it sleeps only while little comes:
 * at a pace it looks by itself, and lingers a little when there is nothing.
 */
#ifndef POSTERN_PACE_H
#define POSTERN_PACE_H

#include <stdbool.h>

#define PACE_FINDS 8		/* so many claims that found something */
#define PACE_WITHIN_MS 160	/* in such a time are a pace */
#define PACE_LINGER_MS 40	/* after the last, it is over */

/* Zeroed: nothing has been found. */
struct pace {
	long long found_ms[PACE_FINDS];
	unsigned next;
};

/* A claim found something. */
void pace_found(struct pace *p, long long now_ms);

bool pace_fast(const struct pace *p, long long now_ms);

#endif
