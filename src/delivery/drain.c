/* drain.c - for how long a worker that stops waits for what is in flight. */
#include "delivery/drain.h"

#include "delivery/scheduler.h"

void
drain_note(struct drain *d, struct attempt *first, long long at_ms)
{
	for (struct attempt *a = first; a != NULL; a = a->next) {
		long long over_ms =
		    at_ms + SCHEDULER_WAIT_MS + 1000LL * a->timeout_s;

		a->since_ms = at_ms;
		if (a->timeout_s > 0 && over_ms > d->over_ms)
			d->over_ms = over_ms;
	}
}

long long
drain_until(const struct drain *d, long long now_ms)
{
	long long usual = now_ms + DRAIN_MS, latest = now_ms + DRAIN_MAX_MS;

	if (d->over_ms <= usual)
		return usual;
	return d->over_ms < latest ? d->over_ms : latest;
}
