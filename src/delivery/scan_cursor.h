/*
 * scan_cursor.h - scan cursor: the id from which the queue is read.
 *
 * Pure. A queue that is read from its start slows down while a held xmin keeps
 * dead rows before the live ones. So a read begins at an id that was passed
 * SCAN_CURSOR_LATE_MS ago: transactions that commit later than others with
 * higher ids are still found. Now and then a read begins at zero, for those
 * that commit later still; the longer it takes than others do, the rarer they
 * are.
 */
#ifndef POSTERN_SCAN_CURSOR_H
#define POSTERN_SCAN_CURSOR_H

#include <stdint.h>

#define SCAN_CURSOR_LATE_MS 200     /* a commit may be so late, at least */
#define SCAN_CURSOR_RESCAN_MS 250   /* between reads from zero, at least */
#define SCAN_CURSOR_RESCAN_SHARE 20 /* they cost at most a 20th of the time */

/* Zeroed: nothing has been read. */
struct scan_cursor {
	int64_t low;    /* passed at least SCAN_CURSOR_LATE_MS ago */
	int64_t passed; /* by turn_ms */
	int64_t high;   /* passed so far */
	long long turn_ms, rescan_ms;
	long long usual_ms; /* how long the last read took that was not */
};

/* Read what has a higher id than this. */
int64_t scan_cursor_low(const struct scan_cursor *c, long long now_ms);

/* All ids up to high have been known of for long enough, though not read. */
void scan_cursor_jump(struct scan_cursor *c, int64_t high);

/*
 * A read from low, begun at began_ms and over at now_ms, saw ids up to high;
 * 0: none.
 */
void scan_cursor_advance(struct scan_cursor *c, int64_t low, int64_t high,
    long long began_ms, long long now_ms);

#endif
