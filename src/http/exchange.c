/* exchange.c - one request and its answer: how it begins and ends. */
#include "http/exchange.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/text.h"
#include "http/exchange_state.h"
#include "http/kept.h"

int
exchange_total_s(const struct exchange *e)
{
	return e->x->timeout_s > 0 ? e->x->timeout_s : HTTP_TOTAL_MS / 1000;
}

void
exchange_start_clock(struct exchange *e)
{
	e->began_us = clock_now_us();
	e->total_ms = e->began_us / 1000 + 1000LL * exchange_total_s(e);
}

int32_t
exchange_now_us(const struct exchange *e)
{
	long long us = clock_now_us() - e->began_us;

	return us > INT32_MAX ? INT32_MAX : us < 1 ? 1 : (int32_t)us;
}

/* --- the end ------------------------------------------------------------- */

static void
link_exchange(struct http_client *h, struct exchange *e)
{
	e->older = h->newest;
	if (e->older != NULL)
		e->older->newer = e;
	h->newest = e;
	h->in_flight++;
}

static void
unlink_exchange(struct http_client *h, struct exchange *e)
{
	*(e->newer == NULL ? &h->newest : &e->newer->older) = e->older;
	if (e->older != NULL)
		e->older->newer = e->newer;
	h->in_flight--;
}

/* Free all but what it has handed back. */
static void
release(struct exchange *e)
{
	struct http_client *h = e->client;

	loop_clear_timer(h->loop, &e->timer);
	if (e->phase == EXCHANGE_QUEUED)
		exchange_unqueue(e);
	dialer_close(e->dialer);
	if (e->connection != NULL)
		kept_drop(h, e->connection);
	if (e->origin != NULL)
		pool_release(h->pool, e->origin);
	unlink_exchange(h, e);
	free(e);
}

static void
hand_back(struct exchange *e)
{
	struct http_exchange *x = e->x;

	release(e);
	x->ended(x);
}

static void
note_error(struct http_exchange *x, const char *format, va_list values)
{
	(void)vsnprintf(x->error, sizeof x->error, format, values);
	text_make_printable(x->error);
}

/* A connection on which nothing is left to come, or to go. */
static bool
is_clean(const struct exchange *e)
{
	return e->parser.state == HTTP_PARSER_DONE && e->parser.keep_alive &&
	    !e->early && !e->spent && !e->write_failed &&
	    e->written == e->length;
}

static void
let_connection_go(struct exchange *e)
{
	struct http_client *h = e->client;
	struct connection *c = e->connection;

	e->connection = NULL;
	if (is_clean(e))
		kept_put(h, c);
	else
		kept_drop(h, c);
}

void
exchange_end(struct exchange *e, enum http_end end, const char *format, ...)
{
	struct http_exchange *x = e->x;
	va_list values;

	x->end = end;
	x->status = e->parser.status;
	x->answer_headers_length = http_parser_lines(&e->parser);
	if (e->parser.status != 0 && e->parser.retry_after_s > 0)
		x->retry_after_s = (long)e->parser.retry_after_s;
	x->total_us = exchange_now_us(e);
	va_start(values, format);
	note_error(x, format, values);
	va_end(values);
	e->phase = EXCHANGE_OVER;
	e->timer.patient = false;
	if (e->connection != NULL)
		let_connection_go(e);
	if (e->client->starting)
		loop_move_timer(e->client->loop, &e->timer,
		    loop_now_ms(e->client->loop));
	else
		hand_back(e);
}

/* --- the beginning ------------------------------------------------------- */

static void
time_is_over(void *arg)
{
	static void (*const late[])(struct exchange * e) = {
		[EXCHANGE_DIAL] = exchange_dial_late,
		[EXCHANGE_HANDSHAKE] = exchange_dial_late,
		[EXCHANGE_TALK] = exchange_talk_late,
		[EXCHANGE_HOLD] = exchange_talk_late,
		[EXCHANGE_QUEUED] = exchange_queue_late,
		[EXCHANGE_OVER] = hand_back,
	};
	struct exchange *e = arg;

	late[e->phase](e);
}

static void
clear_results(struct http_exchange *x)
{
	x->end = HTTP_NETWORK;
	x->status = 0;
	x->retry_after_s = 0;
	x->answer_length = x->answer_headers_length = 0;
	x->name_us = x->connect_us = x->tls_us = x->first_us = x->total_us = 0;
	x->peer[0] = x->tls[0] = x->error[0] = '\0';
}

static struct exchange *
make_exchange(struct http_client *h, struct http_exchange *x)
{
	struct exchange *e = calloc(1, sizeof *e);

	if (e == NULL)
		return NULL;
	e->client = h;
	e->x = x;
	e->timer.due = time_is_over;
	e->timer.arg = e;
	e->timer.patient = true;
	exchange_start_clock(e);
	/* who takes less time does not connect sooner */
	if (!loop_set_timer(h->loop, &e->timer,
		loop_now_ms(h->loop) + HTTP_TOTAL_MS)) {
		free(e);
		return NULL;
	}
	link_exchange(h, e);
	clear_results(x);
	return e;
}

static void
begin(struct exchange *e)
{
	struct http_client *h = e->client;

	if (!url_split(e->x->url, &e->url)) {
		exchange_end(e, HTTP_REFUSED, "it is not a URL of ours");
		return;
	}
	if (!e->url.tls && !h->options.policy->plain_http) {
		exchange_end(e, HTTP_REFUSED,
		    "it is not https, and plain http is not allowed");
		return;
	}
	e->origin = pool_hold_origin(h->pool, &e->url);
	if (e->origin == NULL) {
		exchange_end(e, HTTP_NETWORK, "memory is short");
		return;
	}
	e->connection = kept_take(h, e->origin);
	if (e->connection == NULL) {
		exchange_queue(e);
		return;
	}
	e->kept = true;
	h->on_kept++;
	e->connection->exchange = e;
	memcpy(e->connection->owner, e->x->owner, OWNER_BYTES);
	exchange_talk(e);
}

bool
exchange_start(struct http_client *h, struct http_exchange *x)
{
	struct exchange *e = make_exchange(h, x);

	if (e == NULL)
		return false;
	h->starting = true;
	begin(e);
	h->starting = false;
	return true;
}

void
exchange_drop_all(struct http_client *h)
{
	struct exchange *older;

	for (struct exchange *e = h->newest; e != NULL; e = older) {
		older = e->older;
		release(e);
	}
}
