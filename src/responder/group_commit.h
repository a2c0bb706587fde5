/*
 * group_commit.h - registrations into the database, as many at once as wait.
 *
 * Group commit: request threads call group_commit_register and wait; one
 * committer thread takes all that wait at that moment, writes them in one
 * statement and one commit, and wakes each with its own outcome. No timer:
 * when few ask, a batch is one. A batch that fails is tried again one by one,
 * so that no request harms its neighbours. A request whose COMMIT was lost is
 * sent again: the database knows it by its id. Safe for any number of threads.
 */
#ifndef POSTERN_GROUP_COMMIT_H
#define POSTERN_GROUP_COMMIT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "responder/register_db.h"

#define GROUP_COMMIT_DEADLINE_MS 4000 /* no request waits longer */

struct group_commit;

/*
 * Start a store for a libpq connection string. It connects when the first
 * request comes, and again whenever it must: a server that is away makes
 * requests SERVICE_UNAVAILABLE, not the store. waiting_max bounds the
 * requests unanswered at one time, half of it those of one URL; more are
 * SERVICE_UNAVAILABLE at once. NULL only when memory or threads are
 * short. Pair with group_commit_close.
 */
MUST_CHECK struct group_commit *group_commit_open(const char *conninfo,
    size_t waiting_max);

/* Answer all that wait, then close. No call may come during or after it. */
void group_commit_close(struct group_commit *s);

/*
 * The request is borrowed for the call. SERVICE_UNAVAILABLE says nothing of
 * whether the registration was or will be written; to register again is
 * always right.
 */
void group_commit_register(struct group_commit *s,
    const struct register_db_request *request, struct register_db_reply *reply);

/* Does another wait until the answer to this REGISTERED one has left? */
bool group_commit_is_contended(struct group_commit *s,
    const unsigned char id[ID_BYTES]);

/*
 * The answer to a REGISTERED request has left. Until then this store writes
 * no other of its canonical URL by the same token, so that of two, the one
 * answered last is the one stored last.
 */
void group_commit_response_sent(struct group_commit *s,
    const unsigned char id[ID_BYTES]);

#endif
