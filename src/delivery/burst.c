/* burst.c - burst detector: poll while much comes, LISTEN while little does. */
#include "delivery/burst.h"

void
burst_found(struct burst *b, long long now_ms)
{
	b->found_ms[b->next] = now_ms;
	b->next = (b->next + 1) % BURST_FINDS;
}

bool
burst_is_on(const struct burst *b, long long now_ms)
{
	long long first = b->found_ms[b->next];
	long long last = b->found_ms[(b->next + BURST_FINDS - 1) % BURST_FINDS];

	return last - first <= BURST_WITHIN_MS && first > 0 &&
	    now_ms - last <= BURST_LINGER_MS;
}
