/*
 * store.h - registrations into the database, as many at once as wait.
 *
 * Request threads call store_register and wait; one committer thread takes
 * all that wait at that moment, writes them in one statement and one commit,
 * and wakes each with its own outcome. No timer: when few ask, a batch is
 * one. A batch that fails is tried again one by one, so that no request
 * harms its neighbours. A request whose COMMIT was lost is sent again: the
 * database knows it by its id. Safe for any number of threads.
 */
#ifndef POSTERN_STORE_H
#define POSTERN_STORE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/database.h"

#define STORE_DEADLINE_MS 4000	/* no request waits longer */

struct store;

/*
 * Start a store for a libpq connection string. It connects when the first
 * request comes, and again whenever it must: a server that is away makes
 * requests SERVICE_UNAVAILABLE, not the store. waiting_max bounds the
 * requests unanswered at one time, half of it those of one URL; more are
 * SERVICE_UNAVAILABLE at once. NULL only when memory or threads are
 * short. Pair with store_close.
 */
struct store *store_open(const char *conninfo, size_t waiting_max);

/* Answer all that wait, then close. No call may come during or after it. */
void store_close(struct store *s);

/*
 * The request is borrowed for the call. SERVICE_UNAVAILABLE says nothing of
 * whether the registration was or will be written; to register again is
 * always right.
 */
void store_register(struct store *s, const struct database_request *request,
    struct database_reply *reply);

/* Does another wait until the answer to this REGISTERED one has left? */
bool store_contended(struct store *s, const unsigned char id[ID_BYTES]);

/*
 * The answer to a REGISTERED request has left. Until then this store writes
 * no other of its canonical URL by the same token, so that of two, the one
 * answered last is the one stored last.
 */
void store_answered(struct store *s, const unsigned char id[ID_BYTES]);

#endif
