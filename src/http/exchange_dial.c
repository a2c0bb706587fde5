/* exchange_dial.c - an exchange until its new connection is open. */
#include "http/exchange_state.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

#include "http/kept.h"

#define HANDSHAKE_WIRE_MAX 131072 /* bytes; chains of certificates are long */

static void
shake_hands(struct exchange *e)
{
	struct connection *c = e->connection;
	struct loop *l = e->client->loop;
	enum tls_result result = tls_handshake(c->tls);
	char why[TLS_WHY_MAX];

	if (result == TLS_OK) {
		e->x->tls_us = exchange_now_us(e);
		exchange_talk(e);
	} else if (connection_wire_read(c) > HANDSHAKE_WIRE_MAX) {
		exchange_end(e, HTTP_TLS,
		    "it sent more than %d bytes before TLS was there",
		    HANDSHAKE_WIRE_MAX);
	} else if (result == TLS_WANT_READ) {
		loop_await(l, &c->watch, EPOLLIN);
	} else if (result == TLS_WANT_WRITE) {
		loop_await(l, &c->watch, EPOLLOUT);
	} else {
		connection_why(c, why);
		exchange_end(e, HTTP_TLS, "%s", why);
	}
}

static void
connection_ready(void *arg, uint32_t events)
{
	struct connection *c = arg;
	struct exchange *e = c->exchange;

	if (e == NULL)
		kept_ready(c);
	else if (e->phase == EXCHANGE_HANDSHAKE)
		shake_hands(e);
	else
		exchange_talk_ready(e, events);
}

/* Of a socket that has just been connected. */
static struct connection *
make_connection(struct exchange *e, int fd)
{
	struct http_client *h = e->client;
	struct connection *c = connection_open(h->loop, fd, connection_ready);

	if (c == NULL)
		return NULL;
	c->client = h;
	c->exchange = e;
	memcpy(c->owner, e->x->owner, OWNER_BYTES);
	c->generation = h->generation;
	c->pooled.opened_ms = loop_now_ms(h->loop);
	c->pooled.origin = e->origin;
	pool_hold(h->pool, e->origin);
	snprintf(c->peer, sizeof c->peer, "%s", dialer_peer(e->dialer));
	return c;
}

static void
begin_connection(struct exchange *e)
{
	struct http_client *h = e->client;
	struct http_exchange *x = e->x;

	e->connection = make_connection(e, dialer_take_fd(e->dialer));
	if (e->connection == NULL) {
		exchange_end(e, HTTP_NETWORK, "cannot connect: %s",
		    strerror(errno));
		return;
	}
	h->on_new++;
	dialer_close(e->dialer);
	e->dialer = NULL;
	snprintf(x->peer, sizeof x->peer, "%s", e->connection->peer);
	if (!e->url.tls) {
		exchange_talk(e);
		return;
	}
	if (!connection_begin_tls(e->connection, h->tls, e->origin->host,
		e->origin->port)) {
		exchange_end(e, HTTP_NETWORK, "memory is short");
		return;
	}
	e->phase = EXCHANGE_HANDSHAKE;
	shake_hands(e);
}

static void
take_dialed(void *arg, enum dialer_result result, const char *why)
{
	struct exchange *e = arg;
	long long named_us = dialer_named_us(e->dialer);

	if (named_us > e->began_us)
		e->x->name_us = (int32_t)(named_us - e->began_us);
	if (result == DIALER_CONNECTED) {
		e->x->connect_us = exchange_now_us(e);
		begin_connection(e);
	} else if (result == DIALER_REFUSED) {
		exchange_end(e, HTTP_REFUSED,
		    "the address is one where we never send");
	} else {
		exchange_end(e, HTTP_NETWORK, "%s", why);
	}
}

void
exchange_dial(struct exchange *e)
{
	struct http_client *h = e->client;
	long long until_ms = loop_now_ms(h->loop) + HTTP_CONNECT_MS;

	e->phase = EXCHANGE_DIAL;
	e->dialer = dialer_open(&h->dialers, e->origin->host, e->origin->port,
	    e->x->owner, take_dialed, e);
	if (e->dialer == NULL) {
		exchange_end(e, HTTP_NETWORK, "memory is short");
		return;
	}
	loop_move_timer(h->loop, &e->timer,
	    until_ms < e->total_ms ? until_ms : e->total_ms);
	dialer_start(e->dialer);
}

/* Of what it may take in all, for the connection. */
static int
choose_connect_s(const struct exchange *e)
{
	int total_s = exchange_total_s(e);

	return total_s < HTTP_CONNECT_MS / 1000 ? total_s
						: HTTP_CONNECT_MS / 1000;
}

void
exchange_dial_late(struct exchange *e)
{
	int seconds = choose_connect_s(e);
	const char *peer =
	    e->dialer != NULL ? dialer_peer(e->dialer) : e->x->peer;

	if (e->phase == EXCHANGE_HANDSHAKE)
		exchange_end(e, HTTP_TIMEOUT,
		    "%s was not ready with TLS within %d s", peer, seconds);
	else if (*peer == '\0')
		exchange_end(e, HTTP_TIMEOUT,
		    "the name was not found within %d s", seconds);
	else
		exchange_end(e, HTTP_TIMEOUT,
		    "%s did not accept a connection within %d s", peer,
		    seconds);
}
