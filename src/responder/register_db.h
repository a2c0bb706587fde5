/* register_db.h - registrations as calls of postern.register. */
#ifndef POSTERN_REGISTER_DB_H
#define POSTERN_REGISTER_DB_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "common/id.h"
#include "responder/account.h"
#include "responder/outcome.h"
#include "common/seal.h"
#include "responder/credential.h"

#define REGISTER_DB_BATCH_MAX 128 /* requests of one call */
#define REGISTER_DB_EVENTS_MAX 64 /* event types of one webhook */
#define REGISTER_DB_EVENT_MAX 128 /* bytes of an event type's name */

/* One registration, or only the question whether its token may. */
struct register_db_request {
	unsigned char id[ID_BYTES]; /* UUIDv7 of the caller */
	unsigned char token_hash[CREDENTIAL_HASH_BYTES];
	struct account account; /* that it counts for, as the responder knows */
	const char *url;        /* NULL: only admit the token */
	const char *canonical;  /* URL in canonical form */
	const char *const *events;
	size_t event_count;
	const struct sealed *sealed; /* NULL if and only if url is */
};

struct register_db_reply {
	enum outcome outcome;
	char unknown_event[REGISTER_DB_EVENT_MAX + 1]; /* of UNKNOWN_EVENT */
	unsigned retry_after;             /* seconds, of a 503; at least 1 */
	char webhook[ID_UUID_LENGTH + 1]; /* of REGISTERED */
};

/*
 * How a group commit calls postern.register for what struct registration has.
 * Idempotent: a request sent twice is known by its id.
 */
struct commit_kind;
extern const struct commit_kind register_db_kind;

/* For --check: can it register, is the key known? False: why says what not. */
MUST_CHECK bool register_db_check(const char *conninfo,
    const unsigned char key_id[SEAL_KEY_ID_BYTES], char *why, size_t why_size);

#endif
