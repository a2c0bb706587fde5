/* client_shared.h - what the exchanges of one client share. */
#ifndef POSTERN_HTTP_CLIENT_SHARED_H
#define POSTERN_HTTP_CLIENT_SHARED_H

#include <stdbool.h>
#include <stddef.h>

#include "http/client.h"
#include "http/dialer.h"
#include "http/loop.h"
#include "http/pool.h"
#include "http/resolver.h"
#include "http/tls.h"
#include "http/turns.h"

#define CLIENT_BUFFER_BYTES 16384 /* of plain text in a record of TLS */

struct exchange;

struct http_client {
	struct http_client_options options;
	struct loop *loop;
	struct pool *pool;
	struct tls_context *tls;
	struct dialer_shared dialers;
	struct loop_timer expiry; /* of what is kept */
	struct exchange *newest;  /* in flight */

	/* those that wait for their turn to connect, and how many had one */
	struct turns queue;
	struct loop_timer queue_timer;
	long long dialed_ms;
	unsigned dialed;

	size_t in_flight;
	unsigned long long on_new, on_kept; /* requests, by connection */
	unsigned generation;                /* of the CA certificates */
	bool starting; /* ended is not called now, but in a moment */

	/* The thread's, not a connection's: nothing stays in them. */
	char incoming[CLIENT_BUFFER_BYTES], outgoing[CLIENT_BUFFER_BYTES];
};

#endif
