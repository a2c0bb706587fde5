/* exchange_queue.c - exchanges that wait until there is time to connect. */
#include "http/exchange_state.h"

/*
 * How many begin to connect in a millisecond, and none if the loop has no time
 * for the owner. So no answer to a handshake lies about while its time runs
 * out: a receiver is not to pay for how busy we are.
 */
#define DIALS_A_TURN 64

static bool
has_turn(struct http_client *h)
{
	long long now_ms = loop_now_ms(h->loop);

	if (h->dialed_ms != now_ms)
		h->dialed = 0;
	h->dialed_ms = now_ms;
	return h->dialed < DIALS_A_TURN;
}

/* The first whose owner is not behind, no longer queued; NULL: there is none */
static struct exchange *
take_next(struct http_client *h)
{
	for (size_t n = turns_owners(&h->queue); n > 0; n--) {
		struct exchange *e =
		    (struct exchange *)(void *)((char *)turns_first(&h->queue) -
			offsetof(struct exchange, queued));

		if (loop_has_time(h->loop, e->x->owner)) {
			(void)turns_take(&h->queue);
			return e;
		}
		turns_pass(&h->queue);
	}
	return NULL;
}

static void
begin(struct exchange *e)
{
	e->client->dialed++;
	exchange_start_clock(e);
	exchange_dial(e);
}

static void serve_queue(void *arg);

/* If memory is short, each goes on when it is late. */
static bool
wait_for_turn(struct http_client *h)
{
	h->queue_timer.due = serve_queue;
	h->queue_timer.arg = h;
	return h->queue_timer.place != 0 ||
	    loop_set_timer(h->loop, &h->queue_timer, h->dialed_ms + 1);
}

static void
serve_queue(void *arg)
{
	struct http_client *h = arg;
	struct exchange *e;

	while (has_turn(h) && (e = take_next(h)) != NULL)
		begin(e);
	if (!turns_empty(&h->queue))
		(void)wait_for_turn(h);
}

void
exchange_queue(struct exchange *e)
{
	struct http_client *h = e->client;

	if ((turns_empty(&h->queue) && has_turn(h) &&
		loop_has_time(h->loop, e->x->owner)) ||
	    !wait_for_turn(h) || !turns_add(&h->queue, &e->queued, e->x->owner))
		begin(e);
	else
		e->phase = EXCHANGE_QUEUED;
}

void
exchange_unqueue(struct exchange *e)
{
	turns_remove(&e->client->queue, &e->queued);
}

void
exchange_queue_late(struct exchange *e)
{
	struct loop *l = e->client->loop;

	exchange_unqueue(e);
	if (loop_set_timer(l, &e->timer, loop_now_ms(l) + HTTP_TOTAL_MS))
		begin(e);
	else
		exchange_end(e, HTTP_NETWORK, "memory is short");
}
