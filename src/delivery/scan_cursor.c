/* scan_cursor.c - scan cursor: the id from which the queue is read. */
#include "delivery/scan_cursor.h"

int64_t
scan_cursor_low(const struct scan_cursor *c, long long now_ms)
{
	return now_ms >= c->rescan_ms ? 0 : c->low;
}

void
scan_cursor_jump(struct scan_cursor *c, int64_t high)
{
	if (high <= c->low)
		return;
	c->low = high;
	if (high > c->passed)
		c->passed = high;
	if (high > c->high)
		c->high = high;
}

static long long
choose_pause(const struct scan_cursor *c, long long took_ms)
{
	long long pause = (took_ms - c->usual_ms) * SCAN_CURSOR_RESCAN_SHARE;

	return pause > SCAN_CURSOR_RESCAN_MS ? pause : SCAN_CURSOR_RESCAN_MS;
}

void
scan_cursor_advance(struct scan_cursor *c, int64_t low, int64_t high,
    long long began_ms, long long now_ms)
{
	if (low == 0)
		c->rescan_ms = now_ms + choose_pause(c, now_ms - began_ms);
	else
		c->usual_ms = now_ms - began_ms;
	if (high > c->high)
		c->high = high;
	if (now_ms - c->turn_ms >= SCAN_CURSOR_LATE_MS) {
		c->low = c->passed;
		c->passed = c->high;
		c->turn_ms = now_ms;
	}
}
