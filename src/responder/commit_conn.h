/*
 * commit_conn.h - a committer's connection: one prepared statement.
 *
 * Constant SQL; values only as parameters. Nothing waits longer than
 * COMMIT_CALL_MS for a result. A log line has the SQLSTATE, never the values.
 * For one thread.
 */
#ifndef POSTERN_COMMIT_CONN_H
#define POSTERN_COMMIT_CONN_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "responder/commit_kind.h"

#define COMMIT_CALL_MS 3500

enum commit_result {
	COMMIT_DONE,   /* committed, and the replies are set */
	COMMIT_FAILED, /* rolled back; the replies say why */
	COMMIT_LOST    /* no connection; perhaps committed */
};

struct commit_conn;
struct pg_conn;

/*
 * No connection yet. alone: there is only one request thread, so that waiting
 * for an account's lock delays nobody else. NULL when memory is short. Pair
 * with commit_conn_close; NULL is fine.
 */
MUST_CHECK struct commit_conn *commit_conn_open(const struct commit_kind *kind,
    const char *conninfo, bool alone);
void commit_conn_close(struct commit_conn *c);

/* Connect unless it is still connected; blocks for PG_DIAL_MOST_SECONDS. */
MUST_CHECK bool commit_conn_connect(struct commit_conn *c);

/* Another such connection, which is the caller's; NULL: why says why not. */
MUST_CHECK struct pg_conn *commit_conn_dial(const struct commit_conn *c,
    char *why, size_t why_size);

/*
 * Write count requests, at most the kind's batch_max, in one statement and one
 * commit, and set their replies unless it is LOST.
 */
MUST_CHECK enum commit_result commit_conn_write(struct commit_conn *c,
    struct pending *const *batch, size_t count);

#endif
