/*
 * group_commit.h - group commit of registrations by one committer thread.
 *
 * Request threads call group_commit_register and wait; the committer takes all
 * that wait at that moment, writes them in one statement and one commit, and
 * wakes each with its own reply. No timer: when there are few, a batch is one.
 * A batch that fails is tried again one by one, so that no request harms its
 * neighbours. A request whose COMMIT was lost is sent again, which is
 * idempotent: the database knows it by its id. Safe for any number of threads.
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
 * Start the committer, which connects at once, or for a CGI program when its
 * request comes, and again whenever it must: a database that is away makes
 * requests SERVICE_UNAVAILABLE, nothing else. waiting_max bounds the requests
 * that wait at one time, half of it those of one URL of an account; more are
 * SERVICE_UNAVAILABLE at once (back-pressure). NULL when memory or threads are
 * short. Pair with group_commit_close; NULL is fine.
 */
MUST_CHECK struct group_commit *group_commit_open(const char *conninfo,
    size_t waiting_max);

/* Has the committer got on with what it has, if anything, in 30 s? */
MUST_CHECK bool group_commit_is_alive(struct group_commit *g);

/* Reply to all that wait, then close. No call may come during or after it. */
void group_commit_close(struct group_commit *g);

/*
 * The request is borrowed for the call. SERVICE_UNAVAILABLE says nothing of
 * whether the registration was or will be written; to register again is
 * always right.
 */
void group_commit_register(struct group_commit *g,
    const struct register_db_request *request, struct register_db_reply *reply);

/* Does another wait until the response to this REGISTERED one has left? */
bool group_commit_is_contended(struct group_commit *g,
    const unsigned char id[ID_BYTES]);

/*
 * The response to a REGISTERED request has left. Until then no other of its
 * canonical URL for the same account is written, so that of two, the one that
 * responded last is the one stored last.
 */
void group_commit_response_sent(struct group_commit *g,
    const unsigned char id[ID_BYTES]);

#endif
