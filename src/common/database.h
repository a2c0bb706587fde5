/*
 * database.h - registrations into PostgreSQL: one connection, one caller.
 *
 * Constant SQL, prepared; values only as parameters; SQLSTATE to outcome
 * here and nowhere else. Nothing waits longer than DATABASE_CALL_MS for an
 * answer. A log line has the SQLSTATE, never the values.
 */
#ifndef POSTERN_DATABASE_H
#define POSTERN_DATABASE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/id.h"
#include "common/outcome.h"
#include "common/seal.h"
#include "common/token.h"

#define DATABASE_BATCH_MAX 128		/* requests of one call */
#define DATABASE_CALL_MS 3500
#define DATABASE_EVENTS_MAX 64		/* event types of one webhook */
#define DATABASE_EVENT_MAX 128		/* bytes of an event type's name */

/* What one HTTP request asks of the database. */
struct database_request {
	unsigned char id[ID_BYTES];	/* UUIDv7 of the caller */
	unsigned char token_hash[TOKEN_HASH_BYTES];
	const char *url;		/* NULL: only admit the token */
	const char *canonical;		/* URL in canonical form */
	const char *const *events;
	size_t event_count;
	const struct sealed *sealed;	/* NULL if and only if url is */
};

struct database_reply {
	enum outcome outcome;
	bool busy;			/* nothing was done; ask again soon */
	char unknown_event[DATABASE_EVENT_MAX + 1];	/* of UNKNOWN_EVENT */
	unsigned retry_after;		/* seconds, of a 503; at least 1 */
	char webhook[ID_UUID_LENGTH + 1];	/* of REGISTERED */
};

enum database_result {
	DATABASE_DONE,		/* committed, and the replies are filled */
	DATABASE_FAILED,	/* rolled back; the replies say why */
	DATABASE_LOST		/* no connection; perhaps committed */
};

struct database;

/*
 * No connection yet. alone: its caller asks for itself only, and so waits
 * its turn where another account's lock would hold up others. NULL when
 * memory is short. Pair with database_close.
 */
struct database *database_open(const char *conninfo, bool alone);
void database_close(struct database *d);

/* Connect unless connected; blocks for CONNECTION_DIAL_SECONDS a host. */
bool database_connect(struct database *d);

/*
 * Register count requests, at most DATABASE_BATCH_MAX, in one statement and
 * one commit. To send the same request twice is harmless: its id tells.
 */
enum database_result database_register(struct database *d,
    const struct database_request *const *requests, size_t count,
    struct database_reply *replies);

/* Connect and look: can it register, is the key known? why says what not. */
bool database_check(struct database *d,
    const unsigned char key_id[SEAL_KEY_ID_BYTES], char *why,
    size_t why_size);

#endif
