/* kept.c - connections between two exchanges: kept, watched, looked at. */
#include "http/kept.h"

#include <sys/epoll.h>

/* Of the wire while nobody asks: session tickets, updates of keys. */
#define IDLE_WIRE_MAX 16384

/* Origins that are remembered though no connection is there. */
#define ORIGINS_BEYOND 16384

void
kept_drop(struct http_client *h, struct connection *c)
{
	struct origin *o = c->pooled.origin;

	connection_close(h->loop, c);
	if (o != NULL)
		pool_release(h->pool, o);
}

static void
drop_pooled(void *arg, void *connection)
{
	kept_drop(arg, connection);
}

static void
expire(void *arg)
{
	struct http_client *h = arg;
	long long next_ms = pool_expire(h->pool, loop_now_ms(h->loop));

	if (next_ms != -1 && !loop_set_timer(h->loop, &h->expiry, next_ms))
		pool_drop_all(h->pool);
}

bool
kept_open(struct http_client *h)
{
	h->expiry.due = expire;
	h->expiry.arg = h;
	h->pool = pool_open(&(
	    struct pool_options){ .idle_max = h->options.idle_max,
	    .origins_max =
		2 * ((size_t)h->options.in_flight_max + h->options.idle_max) +
		ORIGINS_BEYOND,
	    .life_ms = 1000LL * h->options.life_s,
	    .drop = drop_pooled,
	    .arg = h });
	return h->pool != NULL;
}

void
kept_close(struct http_client *h)
{
	loop_clear_timer(h->loop, &h->expiry);
	pool_close(h->pool);
}

/* What there is to read on one that nobody uses: nothing, if all is well. */
static enum tls_result
look(struct http_client *h, struct connection *c)
{
	size_t length;

	return connection_read(c, h->incoming, sizeof h->incoming, &length);
}

static void
drop_stray(struct http_client *h, struct connection *c)
{
	pool_note_stray(h->pool, c->pooled.origin, loop_now_ms(h->loop));
	kept_drop(h, c);
}

/* A look takes a few KiB: behind tickets there may be more, or half of one. */
static bool
is_half_read(const struct connection *c)
{
	return connection_pending(c) || connection_unread(c);
}

struct connection *
kept_take(struct http_client *h, struct origin *o)
{
	struct connection *c;

	while ((c = pool_take(h->pool, o, loop_now_ms(h->loop))) != NULL) {
		switch (look(h, c)) {
		case TLS_WANT_READ:
			if (is_half_read(c)) {
				kept_drop(h, c);
				break;
			}
			pool_prove(o);
			return c;
		case TLS_OK:
			drop_stray(h, c);
			break;
		default:
			kept_drop(h, c);
			break;
		}
	}
	return NULL;
}

void
kept_put(struct http_client *h, struct connection *c)
{
	long long now_ms = loop_now_ms(h->loop);

	c->exchange = NULL;
	c->idle_wire = connection_wire_read(c);
	loop_await(h->loop, &c->watch, EPOLLIN);
	if (c->generation == h->generation &&
	    (h->expiry.place != 0 ||
		loop_set_timer(h->loop, &h->expiry, now_ms + POOL_IDLE_MS)) &&
	    pool_put(h->pool, &c->pooled, c->owner, now_ms))
		return;
	kept_drop(h, c);
}

void
kept_ready(struct connection *c)
{
	struct http_client *h = c->client;
	enum tls_result result = look(h, c);

	if (result == TLS_WANT_READ &&
	    connection_wire_read(c) - c->idle_wire <= IDLE_WIRE_MAX)
		return;
	pool_remove(h->pool, &c->pooled);
	if (result == TLS_OK)
		drop_stray(h, c);
	else
		kept_drop(h, c);
}

void
kept_forget(struct http_client *h)
{
	h->generation++;
	pool_drop_all(h->pool);
}
