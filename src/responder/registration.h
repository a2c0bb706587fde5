/*
 * registration.h - a body to a registration, or what is wrong with it.
 */
#ifndef POSTERN_REGISTRATION_H
#define POSTERN_REGISTRATION_H

#include <stddef.h>

#include "common/database.h"
#include "common/outcome.h"
#include "common/target.h"
#include "responder/body.h"

struct json_object;

struct registration {
	const char *url;
	char canonical[TARGET_URL_MAX + 1];
	const char *events[DATABASE_EVENTS_MAX];
	size_t event_count;
	struct json_object *tree;	/* holds url and events */
};

/*
 * Parse a body. ADMITTED: *r is filled. Else INVALID_JSON, INVALID_BODY,
 * INVALID_PARAMETER, URL_NOT_ALLOWED or INTERNAL_ERROR (memory), and *fault
 * says why. In every case pair with registration_clear, and no earlier than
 * the fault is used.
 */
enum outcome registration_parse(struct registration *r,
    const struct target_policy *policy, const char *body, size_t length,
    struct fault *fault);

void registration_clear(struct registration *r);

#endif
