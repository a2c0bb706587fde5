/*
 * register_db.h - registrations into PostgreSQL: one connection, one caller.
 *
 * Constant SQL, prepared; values only as parameters; SQLSTATE to outcome
 * here and nowhere else. Nothing waits longer than REGISTER_DB_CALL_MS for an
 * answer. A log line has the SQLSTATE, never the values.
 */
#ifndef POSTERN_REGISTER_DB_H
#define POSTERN_REGISTER_DB_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "common/id.h"
#include "responder/outcome.h"
#include "common/seal.h"
#include "responder/credential.h"

#define REGISTER_DB_BATCH_MAX 128 /* requests of one call */
#define REGISTER_DB_CALL_MS 3500
#define REGISTER_DB_EVENTS_MAX 64 /* event types of one webhook */
#define REGISTER_DB_EVENT_MAX 128 /* bytes of an event type's name */

/* What one HTTP request asks of the database. */
struct register_db_request {
	unsigned char id[ID_BYTES]; /* UUIDv7 of the caller */
	unsigned char token_hash[CREDENTIAL_HASH_BYTES];
	const char *url;       /* NULL: only admit the token */
	const char *canonical; /* URL in canonical form */
	const char *const *events;
	size_t event_count;
	const struct sealed *sealed; /* NULL if and only if url is */
};

struct register_db_reply {
	enum outcome outcome;
	bool busy; /* nothing was done; ask again soon */
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
 * No connection yet. alone: its caller asks for itself only, and so waits
 * its turn where another account's lock would hold up others. NULL when
 * memory is short. Pair with register_db_close.
 */
MUST_CHECK struct register_db *register_db_open(const char *conninfo,
    bool alone);
void register_db_close(struct register_db *d);

/* Connect unless connected; blocks for PG_DIAL_SECONDS a host. */
MUST_CHECK bool register_db_connect(struct register_db *d);

/*
 * Register count requests, at most REGISTER_DB_BATCH_MAX, in one statement and
 * one commit. To send the same request twice is harmless: its id tells.
 */
MUST_CHECK enum register_db_result register_db_register(struct register_db *d,
    const struct register_db_request *const *requests, size_t count,
    struct register_db_reply *replies);

/* Connect and look: can it register, is the key known? why says what not. */
MUST_CHECK bool register_db_check(struct register_db *d,
    const unsigned char key_id[SEAL_KEY_ID_BYTES], char *why, size_t why_size);

#endif
