/* scan_cursor.c - scan cursor: the id from which the queue is read. */
#include "delivery/scan_cursor.h"

int64_t
scan_cursor_low(const struct scan_cursor *c, long long now_ms)
{
	return now_ms >= c->rescan_ms ? 0 : c->low;
}

void
scan_cursor_rescan(struct scan_cursor *c)
{
	c->rescan_ms = 0;
}

void
scan_cursor_advance(struct scan_cursor *c, int64_t low, int64_t high,
    long long began_ms, long long now_ms)
{
	if (low == 0) {
		long long pause =
		    (now_ms - began_ms) * SCAN_CURSOR_RESCAN_SHARE;

		c->rescan_ms = now_ms +
		    (pause > SCAN_CURSOR_RESCAN_MS ? pause
						   : SCAN_CURSOR_RESCAN_MS);
	}
	if (high > c->high)
		c->high = high;
	if (now_ms - c->turn_ms >= SCAN_CURSOR_LATE_MS) {
		c->low = c->passed;
		c->passed = c->high;
		c->turn_ms = now_ms;
	}
}
