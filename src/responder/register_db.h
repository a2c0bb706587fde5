/*
 * register_db.h - the committer's connection: calls of postern.register.
 *
 * Constant SQL, prepared; values only as parameters. Nothing waits longer than
 * REGISTER_DB_CALL_MS for a result. A log line has the SQLSTATE, never the
 * values. For one thread.
 */
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
#define REGISTER_DB_CALL_MS 3500
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
	bool busy; /* nothing was done; send it again soon */
	char unknown_event[REGISTER_DB_EVENT_MAX + 1]; /* of UNKNOWN_EVENT */
	unsigned retry_after;             /* seconds, of a 503; at least 1 */
	char webhook[ID_UUID_LENGTH + 1]; /* of REGISTERED */
};

enum register_db_result {
	REGISTER_DB_DONE,   /* committed, and the replies are filled */
	REGISTER_DB_FAILED, /* rolled back; the replies say why */
	REGISTER_DB_LOST    /* no connection; perhaps committed */
};

struct register_db;

/*
 * No connection yet. alone: there is only one request thread, so that waiting
 * for an account's lock delays nobody else. NULL when
 * memory is short. Pair with register_db_close.
 */
MUST_CHECK struct register_db *register_db_open(const char *conninfo,
    bool alone);
void register_db_close(struct register_db *d);

/* Connect unless connected; blocks for PG_DIAL_MOST_SECONDS. */
MUST_CHECK bool register_db_connect(struct register_db *d);

/*
 * Register count requests, at most REGISTER_DB_BATCH_MAX, in one statement and
 * one commit. Idempotent: a request sent twice is known by its id.
 */
MUST_CHECK enum register_db_result register_db_register(struct register_db *d,
    const struct register_db_request *const *requests, size_t count,
    struct register_db_reply *replies);

/* For --check: can it register, is the key known? False: why says what not. */
MUST_CHECK bool register_db_check(struct register_db *d,
    const unsigned char key_id[SEAL_KEY_ID_BYTES], char *why, size_t why_size);

#endif
