/* burst.c - does work come thick and fast? */
#include "delivery/burst.h"

void
burst_found(struct burst *p, long long now_ms)
{
	p->found_ms[p->next] = now_ms;
	p->next = (p->next + 1) % BURST_FINDS;
}

bool
burst_is_on(const struct burst *p, long long now_ms)
{
	long long first = p->found_ms[p->next];
	long long last = p->found_ms[(p->next + BURST_FINDS - 1) % BURST_FINDS];

	return last - first <= BURST_WITHIN_MS && first > 0 &&
	    now_ms - last <= BURST_LINGER_MS;
}
