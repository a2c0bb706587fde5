/*
 * forward.h - sends an event to a receiver of one's own, signed as a delivery.
 *
 * Standard Webhooks 1.0.0, as the worker does it, from here: it may go to
 * http, to this machine, to a network that the service cannot reach.
 */
#ifndef POSTERN_FORWARD_H
#define POSTERN_FORWARD_H

#include <stddef.h>

#include "common/compiler.h"

#include "cli/web.h"

struct forward {
	struct web *web;
	const char *url;
	const char *key;  /* whsec_..., which signs */
	unsigned seconds; /* for an answer */
	int stop;         /* see web_ask */
};

/* A message with this id and body, signed now. The reply is to be cleared. */
void forward_send(const struct forward *forward, const char *id,
    struct text body, struct web_reply *reply);

/* What became of it, in a few words: "200 in 12 ms". */
void forward_describe(const struct web_reply *reply, char *text, size_t size);

#endif
