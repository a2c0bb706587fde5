/*
 * group_commit.h - one transaction for all that wait, by a committer thread.
 *
 * Request threads have something written and wait; the committer takes all
 * that wait at that moment, writes them in one statement and one commit, and
 * wakes each with its own reply. No timer: when there are few, a batch is one.
 * A batch that fails is tried again one by one, so that no request harms its
 * neighbours. A request whose COMMIT was lost is sent again if that is
 * idempotent, else refused. Safe for any number of threads.
 */
#ifndef POSTERN_GROUP_COMMIT_H
#define POSTERN_GROUP_COMMIT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "responder/commit_kind.h"

#define GROUP_COMMIT_DEADLINE_MS 4000 /* no request waits longer */

struct group_commit;

/*
 * Start the committer, which connects at once if the kind says so, or for a
 * CGI program when its request comes, and again whenever it must: a database
 * that is away makes requests SERVICE_UNAVAILABLE, nothing else. waiting_max
 * bounds the requests that wait at one time, half of it those in conflict with
 * each other; more are SERVICE_UNAVAILABLE at once (back-pressure). NULL when
 * memory or threads are short. Pair with group_commit_close; NULL is fine.
 */
MUST_CHECK struct group_commit *group_commit_open(const struct commit_kind
						      *kind,
    const char *conninfo, size_t waiting_max);

/* Has the committer got on with what it has, if anything, in 30 s? */
MUST_CHECK bool group_commit_is_alive(struct group_commit *g);

/* Reply to all that wait, then close. No call may come during or after it. */
void group_commit_close(struct group_commit *g);

/* One of the kind to fill, by pending_begin at least. NULL: too many wait. */
MUST_CHECK struct pending *group_commit_borrow(struct group_commit *g);

/*
 * Wait for its reply. False: it is SERVICE_UNAVAILABLE, which says nothing of
 * whether it was or will be written, and is no longer the caller's.
 */
MUST_CHECK bool group_commit_await(struct group_commit *g, struct pending *p);

/* Hand back one that does not stay. */
void group_commit_release(struct group_commit *g, struct pending *p);

/* Does another wait until the response to this one, which stays, has left? */
bool group_commit_is_contended(struct group_commit *g,
    const unsigned char id[ID_BYTES]);

/*
 * The response to one that stays has left. Until then nothing in conflict with
 * it is written, so that of two registrations of a URL, the one that responded
 * last is the one stored last.
 */
void group_commit_response_sent(struct group_commit *g,
    const unsigned char id[ID_BYTES]);

#endif
