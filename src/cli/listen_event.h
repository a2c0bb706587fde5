/*
 * listen_event.h - what postern listen does with one event: show and forward.
 *
 * For listen.c.
 */
#ifndef POSTERN_LISTEN_EVENT_H
#define POSTERN_LISTEN_EVENT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"

#include "cli/command.h"
#include "cli/event.h"
#include "cli/forward.h"
#include "cli/keyboard.h"

enum listen_end {
	LISTEN_DONE,    /* on to the next */
	LISTEN_STOPPED, /* it was not answered: it is to be sent again */
	LISTEN_FAILED   /* it has been said why */
};

struct listener {
	const struct invocation *call;
	struct keyboard *keyboard;
	struct forward forward; /* url NULL: nothing is forwarded */
	char *last_body;        /* the last one, for the key r; or NULL */
	size_t last_length;
	char last_id[EVENT_ID_MAX];
};

/* Show an event, and forward it until the receiver has answered. */
MUST_CHECK enum listen_end listen_event_handle(struct listener *listener,
    const struct event *event);

/* Do what a key asks for; false: to end. 0 is no key. */
MUST_CHECK bool listen_event_key(struct listener *listener, char key);

void listen_event_clear(struct listener *listener);

#endif
