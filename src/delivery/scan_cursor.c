/* scan_cursor.c - where a queue read by ascending id is to be read from. */
#include "delivery/scan_cursor.h"

int64_t
scan_cursor_low(const struct scan_cursor *b, long long now_ms)
{
	return now_ms >= b->rescan_ms ? 0 : b->low;
}

void
scan_cursor_again(struct scan_cursor *b)
{
	b->rescan_ms = 0;
}

void
scan_cursor_saw(struct scan_cursor *b, int64_t low, int64_t high,
    long long began_ms, long long now_ms)
{
	if (low == 0) {
		long long rest = (now_ms - began_ms) * SCAN_CURSOR_RESCAN_SHARE;

		b->rescan_ms = now_ms +
		    (rest > SCAN_CURSOR_RESCAN_MS ? rest :
						    SCAN_CURSOR_RESCAN_MS);
	}
	if (high > b->high)
		b->high = high;
	if (now_ms - b->turn_ms >= SCAN_CURSOR_LATE_MS) {
		b->low = b->passed;
		b->passed = b->high;
		b->turn_ms = now_ms;
	}
}
