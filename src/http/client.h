/*
 * client.h - an HTTP/1.1 client: many exchanges at a time on one thread.
 *
 * POST alone. Connections are kept and used again; names are looked up without
 * threads; the address really connected to is judged by the egress policy.
 */
#ifndef POSTERN_HTTP_CLIENT_H
#define POSTERN_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"
#include "common/egress_policy.h"
#include "http/loop.h"
#include "http/owner.h"
#include "http/resolver.h"

#define HTTP_CONNECT_MS 5000 /* name, connection and TLS */
#define HTTP_TOTAL_MS 15000  /* the whole exchange, unless it says else */

/* How an exchange ended. */
enum http_end {
	HTTP_ANSWERED, /* a whole head came; error says what was wrong after */
	HTTP_TIMEOUT,
	HTTP_TLS,     /* no TLS, or none that we trust */
	HTTP_NETWORK, /* no name, no connection, or it broke */
	HTTP_GARBAGE, /* what came is no HTTP/1.1 answer to this request */
	HTTP_REFUSED, /* it leads where we never send */
};

/* One request and its answer. Embedded by the caller. */
struct http_exchange {
	/* set by the caller; the texts stay until the exchange has ended */
	const char *url;    /* canonical, as egress_url_check writes it */
	const char *fields; /* header fields, each with CRLF, beyond Host,
			        Content-Length, and what the client adds */
	size_t fields_length;
	const char *more_fields; /* after these; secret; or NULL */
	size_t more_fields_length;
	const char *body;
	size_t body_length;
	unsigned char *answer; /* where the answer's body goes */
	size_t answer_max;
	unsigned char *answer_headers; /* where its fields go, as http_parser.h
	                                  collects them */
	size_t answer_headers_max;
	unsigned char owner[OWNER_BYTES]; /* for whom it is made: owner.h */
	int timeout_s;                    /* for the whole; 0: HTTP_TOTAL_MS */
	void (*ended)(struct http_exchange *x); /* called once */
	void *arg;

	/* set when it has ended; times in microseconds since it began, which
	   is later than http_client_start if we are too busy to connect; 0: it
	   did not get so far, or (first three) a kept connection was used */
	enum http_end end;
	int status;         /* 0: no whole head */
	long retry_after_s; /* 0: not asked for */
	size_t answer_length, answer_headers_length;
	int32_t name_us, connect_us, tls_us, first_us, total_us;
	char peer[64];   /* 192.0.2.1:443, [2001:db8::1]:443; empty: none */
	char tls[16];    /* TLSv1.3; empty: none */
	char error[256]; /* printable ASCII; empty: all is well */
};

struct http_client_options {
	const struct egress_policy *policy; /* borrowed */
	const char *ca_file;                /* NULL: the system's; borrowed */
	unsigned in_flight_max;             /* exchanges at one time */
	unsigned idle_max; /* connections kept open that no exchange uses */
	unsigned life_s;   /* a connection is not used again after so long */
	const char *user_agent;
};

/* What has come of it since it was opened, and how it is now. */
struct http_client_figures {
	size_t in_flight, kept; /* exchanges; connections that none uses */
	unsigned long long on_new, on_kept; /* requests, by connection */
	struct resolver_figures names;
};

struct http_client;

MUST_CHECK struct http_client *http_client_open(struct loop *l,
    const struct http_client_options *options, char *why, size_t why_size);

/* What is in flight ends without a call of ended. */
void http_client_close(struct http_client *h);

/* Descriptors that a client with these options may have open. */
size_t http_client_descriptors(const struct http_client_options *options);

/* ended may be called before this returns. False: memory is short. */
MUST_CHECK bool http_client_start(struct http_client *h,
    struct http_exchange *x);

struct http_client_figures http_client_figures(const struct http_client *h);

/* Read CA certificates and resolv.conf again (SIGHUP). False, and why. */
MUST_CHECK bool http_client_reload(struct http_client *h, char *why,
    size_t why_size);

#endif
