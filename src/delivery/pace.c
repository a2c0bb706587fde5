/* pace.c - does work come thick and fast? */
#include "delivery/pace.h"

void
pace_found(struct pace *p, long long now_ms)
{
	p->found_ms[p->next] = now_ms;
	p->next = (p->next + 1) % PACE_FINDS;
}

bool
pace_fast(const struct pace *p, long long now_ms)
{
	long long first = p->found_ms[p->next];
	long long last = p->found_ms[(p->next + PACE_FINDS - 1) % PACE_FINDS];

	return last - first <= PACE_WITHIN_MS && first > 0 &&
	    now_ms - last <= PACE_LINGER_MS;
}
