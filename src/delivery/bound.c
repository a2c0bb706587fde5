/* bound.c - where a queue read by ascending id is to be read from. */
#include "delivery/bound.h"

int64_t
bound_low(const struct bound *b, long long now_ms)
{
	return now_ms >= b->rescan_ms ? 0 : b->low;
}

void
bound_again(struct bound *b)
{
	b->rescan_ms = 0;
}

void
bound_saw(struct bound *b, int64_t low, int64_t high, long long began_ms,
    long long now_ms)
{
	if (low == 0) {
		long long rest = (now_ms - began_ms) * BOUND_RESCAN_SHARE;

		b->rescan_ms = now_ms +
		    (rest > BOUND_RESCAN_MS ? rest : BOUND_RESCAN_MS);
	}
	if (high > b->high)
		b->high = high;
	if (now_ms - b->turn_ms >= BOUND_LATE_MS) {
		b->low = b->passed;
		b->passed = b->high;
		b->turn_ms = now_ms;
	}
}
