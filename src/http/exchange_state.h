/* exchange_state.h - what is known of one exchange while it lasts. */
#ifndef POSTERN_HTTP_EXCHANGE_STATE_H
#define POSTERN_HTTP_EXCHANGE_STATE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "http/client_shared.h"
#include "http/connection.h"
#include "http/http_parser.h"
#include "http/url.h"

enum exchange_phase {
	EXCHANGE_DIAL,
	EXCHANGE_HANDSHAKE,
	EXCHANGE_TALK,   /* the request goes, the answer comes */
	EXCHANGE_HOLD,   /* a 2xx is there, the request is not yet whole */
	EXCHANGE_QUEUED, /* to connect: we are busy */
	EXCHANGE_OVER,   /* ended is still to be called */
};

struct exchange {
	struct http_client *client;
	struct http_exchange *x;
	struct exchange *newer, *older;
	struct turn queued;
	struct url url;
	struct origin *origin;
	enum exchange_phase phase;
	struct loop_timer timer;
	long long began_us;
	long long total_ms; /* when it must have ended */

	struct dialer *dialer;
	struct connection *connection;
	bool kept; /* the connection has been used before */

	size_t length, written; /* of the request */
	bool write_failed;
	unsigned long long read_before; /* wire bytes before this request */
	unsigned long long written_before;
	bool early;      /* the answer began before the request was whole */
	bool spent;      /* the connection cannot be used again */
	size_t incoming; /* bytes of the answer */
	struct http_parser parser;
};

/* Open a connection, with TLS; then exchange_talk. */
void exchange_dial(struct exchange *e);
void exchange_dial_late(struct exchange *e);

/* The same as soon as it has its turn; its own time begins then. */
void exchange_queue(struct exchange *e);
void exchange_queue_late(struct exchange *e);
void exchange_unqueue(struct exchange *e);

/* On an open connection: send, receive, judge. */
void exchange_talk(struct exchange *e);
void exchange_talk_ready(struct exchange *e, uint32_t events);
void exchange_talk_late(struct exchange *e);

/* The ends; nothing may be done with the exchange afterwards. */
void exchange_end(struct exchange *e, enum http_end end, const char *format,
    ...) __attribute__((format(printf, 3, 4)));

/* Seconds that it may take in all. */
int exchange_total_s(const struct exchange *e);

/* Its time begins. */
void exchange_start_clock(struct exchange *e);

/* Microseconds since it began. */
int32_t exchange_now_us(const struct exchange *e);

#endif
