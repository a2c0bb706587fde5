/* registration.h - a registration that waits for its commit. */
#ifndef POSTERN_REGISTRATION_H
#define POSTERN_REGISTRATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"
#include "responder/pending.h"
#include "responder/register_db.h"

struct registration {
	struct pending pending; /* must come first */
	struct register_db_request request;
	struct register_db_reply reply;
	struct sealed sealed;
	uint64_t url_hash;
	const char *events[REGISTER_DB_EVENTS_MAX];
	char *text; /* url, canonical, event names */
	size_t text_capacity;
};

struct group_commit;

/*
 * Have it written by a group commit of register_db_kind. The request is
 * borrowed for the call. SERVICE_UNAVAILABLE says nothing of whether it was or
 * will be written; to register again is always right.
 */
void registration_commit(struct group_commit *g,
    const struct register_db_request *request, struct register_db_reply *reply);

/* Copy the request, which waits from now on; false when memory is short. */
MUST_CHECK bool registration_fill(struct registration *r,
    const struct register_db_request *request);

/*
 * Do both register the same canonical URL, for the same account as far as that
 * is known, or else with the same token?
 */
bool registration_same_url(const struct pending *a, const struct pending *b);

/* Free what it has; zeroed is fine. */
void registration_destroy(struct pending *p);

#endif
