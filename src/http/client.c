/* client.c - an HTTP/1.1 client: many exchanges at a time on one thread. */
#include "http/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http/client_shared.h"
#include "http/exchange.h"
#include "http/kept.h"

#define NAMES_MAX 32768
#define SESSIONS_MAX 32768

/* Sockets that race beside the first of an exchange, in all. */
#define EXTRA_SOCKETS 256
/* The loop's, and those of the resolver. */
#define OTHER_DESCRIPTORS 64

static bool
open_parts(struct http_client *h, char *why, size_t why_size)
{
	char tls_why[TLS_WHY_MAX];

	snprintf(why, why_size, "memory is short");
	h->dialers.resolver = resolver_open(h->loop, NAMES_MAX);
	if (h->dialers.resolver == NULL || !kept_open(h) ||
	    !turns_init(&h->queue))
		return false;
	h->tls = tls_context_open(h->options.ca_file, SESSIONS_MAX, tls_why);
	if (h->tls != NULL)
		return true;
	snprintf(why, why_size, "%s", tls_why);
	return false;
}

struct http_client *
http_client_open(struct loop *l, const struct http_client_options *options,
    char *why, size_t why_size)
{
	struct http_client *h = calloc(1, sizeof *h);

	if (h == NULL) {
		snprintf(why, why_size, "memory is short");
		return NULL;
	}
	h->options = *options;
	h->loop = l;
	h->dialers.loop = l;
	h->dialers.policy = options->policy;
	h->dialers.extra_max = EXTRA_SOCKETS;
	if (open_parts(h, why, why_size))
		return h;
	http_client_close(h);
	return NULL;
}

void
http_client_close(struct http_client *h)
{
	if (h == NULL)
		return;
	exchange_drop_all(h);
	loop_clear_timer(h->loop, &h->queue_timer);
	turns_clear(&h->queue);
	kept_close(h);
	resolver_close(h->dialers.resolver);
	own_addresses_clear(&h->dialers.own);
	tls_context_close(h->tls);
	free(h);
}

size_t
http_client_descriptors(const struct http_client_options *options)
{
	return (size_t)options->in_flight_max + options->idle_max +
	    EXTRA_SOCKETS + OTHER_DESCRIPTORS;
}

bool
http_client_start(struct http_client *h, struct http_exchange *x)
{
	return h->in_flight < h->options.in_flight_max && exchange_start(h, x);
}

struct http_client_figures
http_client_figures(const struct http_client *h)
{
	return (struct http_client_figures){ .in_flight = h->in_flight,
		.kept = pool_kept(h->pool),
		.on_new = h->on_new,
		.on_kept = h->on_kept,
		.names = resolver_figures(h->dialers.resolver) };
}

bool
http_client_reload(struct http_client *h, char *why, size_t why_size)
{
	char tls_why[TLS_WHY_MAX];

	resolver_reload(h->dialers.resolver);
	if (!tls_context_reload(h->tls, tls_why)) {
		snprintf(why, why_size, "%s", tls_why);
		return false;
	}
	kept_forget(h);
	return true;
}
