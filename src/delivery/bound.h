/*
 * bound.h - where a queue read by ascending id is to be read from.
 *
 * Pure. Dead rows that cannot be removed yet lie before the live ones, so a
 * read begins at an id that was passed a while ago: the while lets commits
 * come in late. Now and then a read begins at zero, for those that come
 * later still; the longer such reads take, the rarer they are.
 */
#ifndef POSTERN_BOUND_H
#define POSTERN_BOUND_H

#include <stdint.h>

#define BOUND_LATE_MS 200	/* a commit may be so late, at least */
#define BOUND_RESCAN_MS 250	/* between reads from zero, at least */
#define BOUND_RESCAN_SHARE 20	/* they take at most a 20th of the time */

/* Zeroed: nothing has been read. */
struct bound {
	int64_t low;		/* passed at least BOUND_LATE_MS ago */
	int64_t passed;		/* by turn_ms */
	int64_t high;		/* passed so far */
	long long turn_ms, rescan_ms;
};

/* Read what has a higher id than this. */
int64_t bound_low(const struct bound *b, long long now_ms);

/* The last read from zero did not get to its end: begin there again. */
void bound_again(struct bound *b);

/*
 * A read from low, begun at began_ms and over at now_ms, saw ids up to high,
 * or 0: none.
 */
void bound_saw(struct bound *b, int64_t low, int64_t high,
    long long began_ms, long long now_ms);

#endif
