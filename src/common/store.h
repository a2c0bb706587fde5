/*
 * store.h - registrations into PostgreSQL, as many at once as wait.
 *
 * Request threads call store_register and wait; one committer thread takes
 * all that wait at that moment, writes them in one statement and one commit,
 * and wakes each with its own outcome. A registration carries ids made by
 * its caller, so that one whose COMMIT was lost is simply sent again: the
 * database knows it by its id. Safe for any number of threads.
 */
#ifndef POSTERN_STORE_H
#define POSTERN_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/id.h"
#include "common/outcome.h"
#include "common/seal.h"
#include "common/token.h"

#define STORE_EVENTS_MAX 64	/* event types of one webhook */
#define STORE_EVENT_MAX 128	/* bytes of an event type's name */

/* What one request asks of the database. Borrowed for the call. */
struct store_request {
	unsigned char id[ID_BYTES];
	unsigned char token_hash[TOKEN_HASH_BYTES];
	const char *url;		/* NULL: only admit the token */
	const char *canonical;
	const char *const *events;
	size_t event_count;
	const struct sealed *sealed;
};

struct store_reply {
	char unknown_event[STORE_EVENT_MAX + 1];	/* of UNKNOWN_EVENT */
	unsigned retry_after;	/* seconds, of a 503; at least 1 */
};

struct store;

/*
 * Start a store for a libpq connection string. It connects by itself and
 * for ever: a server that is away makes requests SERVICE_UNAVAILABLE, not
 * the store. waiting_max bounds the requests unanswered at one time. NULL
 * only when memory or threads are short. Pair with store_close.
 */
struct store *store_open(const char *conninfo, size_t waiting_max);

/* Answer all that wait, then close. No call may come during or after it. */
void store_close(struct store *s);

/*
 * REGISTERED, ADMITTED, UNKNOWN_EVENT, WEBHOOK_LIMIT_REACHED, INVALID_TOKEN,
 * OUTSIDE_WORKING_HOURS, SERVICE_UNAVAILABLE or INTERNAL_ERROR. Waits at
 * most STORE_DEADLINE_MS. SERVICE_UNAVAILABLE says nothing of whether the
 * registration was or will be written; registering again is always right.
 */
#define STORE_DEADLINE_MS 4000
enum outcome store_register(struct store *s, const struct store_request *r,
    struct store_reply *reply);

/*
 * The answer to request id has left. Until then no other registration of the
 * same canonical URL is written by this store, so that of two, the one
 * answered last is the one stored last.
 */
void store_answered(struct store *s, const unsigned char id[ID_BYTES]);

/* Connect once and look: can it register, is the key known? why says what not. */
bool store_check(const char *conninfo,
    const unsigned char key_id[SEAL_KEY_ID_BYTES], char *why, size_t why_size);

#endif
