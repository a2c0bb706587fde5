/*
 * event.h - one event of GET /v1/events, and which ones are wanted.
 *
 * Pure. All are views of the answer's text.
 */
#ifndef POSTERN_EVENT_H
#define POSTERN_EVENT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "common/text.h"

#define EVENT_ID_MAX 64
#define EVENT_TYPE_MAX 129 /* 128 bytes, as event_types.sql has it */

struct event {
	struct text whole; /* the event as it came, with its id in front */
	char id[EVENT_ID_MAX];
	char type[EVENT_TYPE_MAX];
	struct text timestamp, data; /* JSON; timestamp with its quotes */
};

/*
 * Read an element of the page's list. False: it is not an event, such as when
 * its id would not do in a header.
 */
MUST_CHECK bool event_read(struct text element, struct event *event);

/*
 * Its body as webhooks receive it: {"type":..., without the id in front. To be
 * freed; NULL: out of memory, or the id is not in front.
 */
MUST_CHECK char *event_body(const struct event *event, size_t *length);

/* Does one of the patterns fit, which commas part? "payment.*", "*". */
MUST_CHECK bool event_matches(const char *type, const char *patterns);

#endif
