/* exchange_talk.c - an exchange on its connection: send, receive, judge. */
#include "http/exchange_state.h"

#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include "http/kept.h"
#include "http/request.h"

/* Bytes of the wire that an answer may take, TLS and all. */
#define WIRE_MAX (HTTP_HEAD_MAX + HTTP_BODY_MAX + 65536)

/* How often to look if an early answer may be believed: nothing tells. */
#define HOLD_MS 20

static const char too_early[] =
    "it answered before it had received the whole request";

/* --- the request --------------------------------------------------------- */

static void
await(struct exchange *e, bool output)
{
	uint32_t input = e->phase == EXCHANGE_HOLD ? 0u : EPOLLIN;

	loop_await(e->client->loop, &e->connection->watch,
	    output ? input | EPOLLOUT : input);
}

static void
send_request(struct exchange *e)
{
	struct http_client *h = e->client;
	struct request r;
	enum tls_result result = TLS_OK;

	request_init(&r, e->x, &e->url, h->options.user_agent);
	e->length = r.length;
	while (e->written < r.length && result == TLS_OK) {
		struct text bytes = request_bytes(&r, e->written, h->outgoing,
		    sizeof h->outgoing);
		size_t n = 0;

		result = connection_write(e->connection, bytes.start,
		    bytes.length, &n);
		e->written += n;
	}
	if (e->x->more_fields != NULL)
		explicit_bzero(h->outgoing, sizeof h->outgoing);
	e->write_failed = result != TLS_OK && result != TLS_WANT_WRITE &&
	    result != TLS_WANT_READ;
	await(e, result == TLS_WANT_WRITE);
}

/* The peer's kernel has it all. */
static bool
is_request_whole(const struct exchange *e)
{
	return e->length > 0 && e->written == e->length &&
	    connection_unacknowledged(e->connection) == 0;
}

/* --- what an answer is worth ---------------------------------------------- */

static bool
is_credible(const struct exchange *e)
{
	return !e->early || e->parser.status / 100 != 2 || is_request_whole(e);
}

static void
end_answered(struct exchange *e, const char *note)
{
	if (is_credible(e))
		exchange_end(e, HTTP_ANSWERED, "%s", note);
	else
		exchange_end(e, HTTP_NETWORK, "%s", too_early);
}

static void
end_with_parsed(struct exchange *e)
{
	if (e->parser.state == HTTP_PARSER_BROKEN)
		exchange_end(e, HTTP_ANSWERED,
		    "the answer's body is invalid: %s", e->parser.error);
	else if (e->parser.location[0] != '\0')
		exchange_end(e, HTTP_ANSWERED, "it answered %d, to %s",
		    e->parser.status, e->parser.location);
	else
		exchange_end(e, HTTP_ANSWERED, "%s", "");
}

/* There is nothing more to read. A 2xx may have to wait for the request. */
static void
settle(struct exchange *e)
{
	if (is_credible(e)) {
		end_with_parsed(e);
		return;
	}
	if (e->write_failed) {
		end_answered(e, "");
		return;
	}
	e->phase = EXCHANGE_HOLD;
	await(e, e->written < e->length);
	loop_move_timer(e->client->loop, &e->timer,
	    loop_now_ms(e->client->loop) + HOLD_MS);
}

/* The connection, which the peer ended or dirtied before any answer. */
static void
begin_anew(struct exchange *e)
{
	struct http_exchange *x = e->x;

	kept_drop(e->client, e->connection);
	e->connection = NULL;
	e->kept = e->early = e->spent = e->write_failed = false;
	e->written = e->incoming = 0;
	x->first_us = 0;
	x->peer[0] = x->tls[0] = '\0';
	exchange_dial(e);
}

/* --- the answer ----------------------------------------------------------- */

static void
note_stray(struct exchange *e)
{
	struct http_client *h = e->client;

	e->spent = true;
	pool_note_stray(h->pool, e->origin, loop_now_ms(h->loop));
}

/* RFC 9113, section 3.4: its first frame is SETTINGS, on stream 0. */
static bool
is_http_2(const char *bytes, size_t length)
{
	return length >= 9 && memcmp(bytes, "\0\0", 2) == 0 &&
	    memcmp(bytes + 3, "\4\0\0\0\0\0", 6) == 0;
}

/* At its first byte: can it be an answer to this request? */
static bool
believe(struct exchange *e, size_t length)
{
	struct connection *c = e->connection;
	size_t unknown = connection_unacknowledged(c);

	e->x->first_us = exchange_now_us(e);
	if (e->written > 0 &&
	    unknown < connection_wire_written(c) - e->written_before) {
		e->early = unknown > 0 || e->written < e->length;
		return true;
	}
	note_stray(e);
	if (e->kept)
		begin_anew(e);
	else if (is_http_2(e->client->incoming, length))
		exchange_end(e, HTTP_GARBAGE, "it speaks HTTP/2 alone");
	else
		exchange_end(e, HTTP_GARBAGE,
		    "it answered before it was asked");
	return false;
}

static void
keep_body(void *arg, const char *data, size_t length)
{
	struct http_exchange *x = arg;
	size_t room = x->answer_max - x->answer_length;

	if (length > room)
		length = room;
	if (length > 0)
		memcpy(x->answer + x->answer_length, data, length);
	x->answer_length += length;
}

/* After the whole answer: what else is there belongs to no request. */
static void
look_behind(struct exchange *e, bool left_over)
{
	struct http_client *h = e->client;
	enum tls_result result = TLS_WANT_READ;
	size_t length;

	if (!e->parser.keep_alive)
		return;
	if (!left_over && connection_pending(e->connection))
		result = connection_read(e->connection, h->incoming,
		    sizeof h->incoming, &length);
	if (left_over || result == TLS_OK)
		note_stray(e);
	else if (result != TLS_WANT_READ)
		e->spent = true;
}

/* False: the exchange has ended, or begun anew, or waits to be believed. */
static bool
judge(struct exchange *e, bool left_over)
{
	const struct http_parser *p = &e->parser;

	switch (p->state) {
	case HTTP_PARSER_HEAD:
		return true;
	case HTTP_PARSER_BODY:
		if (!e->early || p->status / 100 == 2)
			return true;
		break;
	case HTTP_PARSER_BROKEN:
		if (p->status != 0)
			break;
		if (is_http_2(e->client->incoming, e->incoming))
			exchange_end(e, HTTP_GARBAGE, "it speaks HTTP/2 alone");
		else
			exchange_end(e, HTTP_GARBAGE,
			    "the answer is invalid: %s", p->error);
		return false;
	case HTTP_PARSER_DONE:
		look_behind(e, left_over);
		break;
	case HTTP_PARSER_LONG:
		break;
	}
	settle(e);
	return false;
}

static bool
take_bytes(struct exchange *e, size_t length)
{
	struct http_client *h = e->client;
	size_t taken;

	if (e->incoming == 0 && !believe(e, length))
		return false;
	e->incoming += length;
	taken =
	    http_parser_take(&e->parser, h->incoming, length, keep_body, e->x);
	return judge(e, taken < length);
}

static void
end_without_answer(struct exchange *e, enum tls_result result)
{
	char why[TLS_WHY_MAX];

	if (e->kept) {
		begin_anew(e);
		return;
	}
	connection_why(e->connection, why);
	if (result == TLS_FAILED && e->url.tls)
		exchange_end(e, HTTP_TLS, "%s", why);
	else if (result == TLS_FAILED)
		exchange_end(e, HTTP_NETWORK,
		    "the connection broke before an answer came: %s", why);
	else
		exchange_end(e, HTTP_NETWORK,
		    "the connection was closed before an answer came");
}

/* The peer has ended the connection, or it broke. */
static void
take_end(struct exchange *e, enum tls_result result)
{
	e->spent = true;
	if (e->incoming == 0)
		end_without_answer(e, result);
	else if (e->parser.status == 0)
		exchange_end(e, HTTP_NETWORK,
		    "the connection was closed inside the answer's head");
	else if (result == TLS_CLOSED && http_parser_end(&e->parser))
		settle(e);
	else
		end_answered(e, "the answer's body was cut short");
}

static void
end_with_too_much(struct exchange *e)
{
	if (e->parser.status != 0)
		end_answered(e, "it sent too much beside the answer's body");
	else
		exchange_end(e, HTTP_GARBAGE,
		    "it sent more than %d bytes that are no answer", WIRE_MAX);
}

enum reading {
	READING_MORE,
	READING_BLOCKED, /* until the socket is readable again */
	READING_OVER,    /* the exchange is no more, or no longer reads */
};

static enum reading
receive(struct exchange *e)
{
	struct http_client *h = e->client;
	struct connection *c = e->connection;
	unsigned long long before = connection_wire_read(c);
	size_t length;
	enum tls_result result =
	    connection_read(c, h->incoming, sizeof h->incoming, &length);

	if (result != TLS_OK && result != TLS_WANT_READ &&
	    result != TLS_WANT_WRITE) {
		take_end(e, result);
		return READING_OVER;
	}
	if (connection_wire_read(c) - e->read_before > WIRE_MAX) {
		end_with_too_much(e);
		return READING_OVER;
	}
	if (result == TLS_OK)
		return take_bytes(e, length) ? READING_MORE : READING_OVER;
	if (!e->write_failed)
		return READING_BLOCKED;
	if (connection_wire_read(c) > before && connection_unread(c))
		return READING_MORE;
	take_end(e, TLS_CUT);
	return READING_OVER;
}

/* One read of the socket, unless it has failed us: then all there is. */
static void
receive_turn(struct exchange *e)
{
	while (receive(e) == READING_MORE &&
	    (e->write_failed || connection_pending(e->connection)))
		continue;
}

/* --- the whole ------------------------------------------------------------ */

static void
hold_on(struct exchange *e, uint32_t events)
{
	if (is_credible(e))
		end_with_parsed(e);
	else if (e->write_failed || (events & (EPOLLERR | EPOLLHUP)) != 0)
		exchange_end(e, HTTP_NETWORK, "%s", too_early);
}

void
exchange_talk_ready(struct exchange *e, uint32_t events)
{
	if (e->written < e->length && !e->write_failed &&
	    (events & ~(uint32_t)EPOLLIN) != 0)
		send_request(e);
	if (e->phase == EXCHANGE_HOLD)
		hold_on(e, events);
	else if (e->write_failed || (events & ~(uint32_t)EPOLLOUT) != 0)
		receive_turn(e);
}

/* Read all that came before the request. False: it was no TLS ticket. */
static bool
skip_tickets(struct exchange *e)
{
	do {
		if (receive(e) == READING_OVER)
			return false;
	} while (connection_unread(e->connection));
	return true;
}

void
exchange_talk(struct exchange *e)
{
	struct connection *c = e->connection;
	struct http_exchange *x = e->x;

	e->phase = EXCHANGE_TALK;
	loop_move_timer(e->client->loop, &e->timer, e->total_ms);
	snprintf(x->peer, sizeof x->peer, "%s", c->peer);
	if (c->tls != NULL)
		snprintf(x->tls, sizeof x->tls, "%s", tls_version(c->tls));
	e->read_before = connection_wire_read(c);
	e->written_before = connection_wire_written(c);
	http_parser_init(&e->parser, (long long)time(NULL));
	http_parser_collect(&e->parser, x->answer_headers,
	    x->answer_headers_max);
	if (!e->kept && !skip_tickets(e))
		return;
	send_request(e);
	if (e->write_failed)
		receive_turn(e);
}

void
exchange_talk_late(struct exchange *e)
{
	struct loop *l = e->client->loop;

	if (e->phase == EXCHANGE_HOLD && is_credible(e)) {
		end_with_parsed(e);
	} else if (e->phase == EXCHANGE_HOLD && loop_now_ms(l) < e->total_ms &&
	    loop_set_timer(l, &e->timer, loop_now_ms(l) + HOLD_MS)) {
		return;
	} else if (e->parser.status != 0) {
		end_answered(e, "the answer's body was not whole in time");
	} else if (e->written < e->length) {
		exchange_end(e, HTTP_TIMEOUT,
		    "it did not take the whole request within %d s",
		    exchange_total_s(e));
	} else {
		exchange_end(e, HTTP_TIMEOUT, "no %s within %d s",
		    e->incoming > 0 ? "whole head of an answer" : "answer",
		    exchange_total_s(e));
	}
}
