/* prefetch.c - back-pressure: what is in hand, and how much more to claim. */
#include "delivery/prefetch.h"

#define ROOM_SHARE 4   /* claim when so large a part of the places is free */
#define BYTES_SHARE 16 /* and such a part of the bytes, though it be for few */

size_t
prefetch_bytes_max(unsigned in_flight_max)
{
	size_t bytes = (size_t)in_flight_max * PREFETCH_BODY_MAX;

	return bytes < PREFETCH_BYTES_MAX ? bytes : PREFETCH_BYTES_MAX;
}

bool
prefetch_init(struct prefetch *p, unsigned in_flight_max)
{
	*p = (struct prefetch){
		.webhooks = webhook_table_open(),
		.count_max = 2 * (size_t)in_flight_max,
		.room_min = (in_flight_max + ROOM_SHARE - 1) / ROOM_SHARE,
		.bytes_max = prefetch_bytes_max(in_flight_max),
		.body_estimate = PREFETCH_BODY_MAX,
	};
	return p->webhooks != NULL;
}

void
prefetch_clear(struct prefetch *p)
{
	webhook_table_close(p->webhooks);
	p->webhooks = NULL;
}

void
prefetch_add(struct prefetch *p, const struct attempt *first, size_t seen_bytes)
{
	size_t count = 0;

	for (const struct attempt *a = first; a != NULL; a = a->next) {
		struct webhook_entry *e =
		    webhook_table_get(p->webhooks, a->webhook);

		if (e != NULL) {
			e->active++;
			e->bytes += a->body_length;
		}
		p->bytes += a->body_length;
		count++;
	}
	p->count += count;
	if (count > 0)
		p->body_estimate = seen_bytes / count + 1;
}

void
prefetch_remove(struct prefetch *p, const struct attempt *a)
{
	struct webhook_entry *e = webhook_table_get(p->webhooks, a->webhook);

	if (e != NULL && e->active > 0) {
		e->active--;
		e->bytes -= a->body_length;
	}
	if (e != NULL && a->limit > 0)
		e->limit = a->limit;
	if (e != NULL && e->active == 0)
		webhook_table_remove(p->webhooks, e);
	p->count--;
	p->bytes -= a->body_length;
}

size_t
prefetch_room(const struct prefetch *p)
{
	size_t places = p->count_max - p->count;
	size_t bodies = (p->bytes_max - p->bytes) / p->body_estimate;

	return places < bodies ? places : bodies;
}

static bool
are_bytes_scarce(const struct prefetch *p)
{
	return p->bytes > p->bytes_max - p->bytes_max / 4;
}

unsigned
prefetch_each(const struct prefetch *p)
{
	return are_bytes_scarce(p) ? PREFETCH_SCARCE : PREFETCH_PER_WEBHOOK;
}

/* How many more of its bodies make PREFETCH_SCARCE of the largest size? */
static size_t
measure_scarce_room(const struct webhook_entry *e)
{
	size_t most = (size_t)PREFETCH_SCARCE * PREFETCH_BODY_MAX;
	size_t one = e->active > 0 ? e->bytes / e->active + 1 : 1;

	return e->bytes < most ? (most - e->bytes) / one : 0;
}

bool
prefetch_webhook_room(const struct prefetch *p, const struct webhook_entry *e,
    unsigned *room)
{
	bool scarce = are_bytes_scarce(p);
	bool known = e->limit > 0;
	unsigned few =
	    known && e->limit < PREFETCH_FEW ? e->limit : PREFETCH_FEW;
	unsigned ahead =
	    known ? concurrency_limit_ahead(e->limit) : PREFETCH_PER_WEBHOOK;

	*room = ahead > e->active ? ahead - e->active : 0;
	if (scarce && *room > measure_scarce_room(e))
		*room = (unsigned)measure_scarce_room(e);
	return scarce || e->active >= few;
}

bool
prefetch_should_claim(const struct prefetch *p)
{
	size_t room = prefetch_room(p);

	return room >= p->room_min || (room > 0 && p->count == 0) ||
	    (room > 0 && p->count_max - p->count >= p->room_min &&
		p->bytes_max - p->bytes >= p->bytes_max / BYTES_SHARE);
}
