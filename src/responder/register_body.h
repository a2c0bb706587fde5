/* register_body.h - the body of a registration: url and events. */
#ifndef POSTERN_REGISTER_BODY_H
#define POSTERN_REGISTER_BODY_H

#include <stddef.h>

#include "common/compiler.h"
#include "responder/register_db.h"
#include "responder/outcome.h"
#include "common/egress_url.h"
#include "responder/json_body.h"

struct json_object;

struct register_body {
	const char *url;
	char canonical[EGRESS_URL_MAX + 1];
	const char *events[REGISTER_DB_EVENTS_MAX];
	size_t event_count;
	struct json_object *tree; /* holds url and events */
};

/*
 * Parse a body. NONE: *body is filled. Else INVALID_JSON, INVALID_BODY,
 * INVALID_PARAMETER, URL_NOT_ALLOWED or INTERNAL_ERROR (memory), and *fault
 * says why. In every case pair with register_body_clear, and no earlier than
 * the fault is used.
 */
MUST_CHECK enum outcome register_body_parse(struct register_body *body,
    const struct egress_policy *policy, const char *json, size_t length,
    struct fault *fault);

void register_body_clear(struct register_body *body);

#endif
