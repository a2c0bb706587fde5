/*
 * pg.h - libpq wrapper: one connection, and nothing waits for ever.
 *
 * Whoever calls the database does it through here. Nothing waits past its
 * deadline, which is a time of clock_now_ms.
 */
#ifndef POSTERN_PG_H
#define POSTERN_PG_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"

#define PG_PREPARE_SECONDS 2 /* a statement, when a session begins */

/* For the log: a function's result is not as this version expects. */
#define PG_UNEXPECTED_COLUMNS \
	"returned unexpected columns: run this version's install.sql"

/* libpq's PGconn and PGresult; pg_dial makes one. */
struct pg_conn;
struct pg_result;

/* Run a statement without a result; as pg_prepare. */
MUST_CHECK bool pg_run(struct pg_conn *conn, const char *sql, char *why,
    size_t why_size);

/*
 * Prepare a statement; waits for PG_PREPARE_SECONDS. False: why says
 * what is wrong.
 */
MUST_CHECK bool pg_prepare(struct pg_conn *conn, const char *name,
    const char *sql, char *why, size_t why_size);

/*
 * Ask with one binary parameter, in PG_PREPARE_SECONDS; as pg_receive. Without
 * one (NULL) it may be several statements, of which the last answers.
 */
MUST_CHECK struct pg_result *pg_ask(struct pg_conn *conn, const char *sql,
    const char *bytes, size_t length);

/* Is it there still, after it idled? What the server closed is not. */
MUST_CHECK bool pg_alive(struct pg_conn *conn);

/* Send what is queued. False: the connection is lost or the time is over. */
MUST_CHECK bool pg_flush(struct pg_conn *conn, long long deadline);

/*
 * The one result of the statement in hand, or the error that its commit
 * raised after it: a result counts only when the server is ready again.
 * NULL: the connection is lost or the deadline has passed.
 */
MUST_CHECK struct pg_result *pg_receive(struct pg_conn *conn,
    long long deadline);

/*
 * As pg_receive, of a statement in single-row mode: each row is
 * shown as it comes, so that they are never all in memory. They count only
 * if the result does.
 */
MUST_CHECK struct pg_result *pg_receive_rows(struct pg_conn *conn,
    long long deadline, void (*show)(const struct pg_result *row, void *arg),
    void *arg);

/* libpq's words without what they repeat, as those of a try without TLS. */
void pg_one_line(const char *text, char *out, size_t out_size);

/* The connection's last error on one line. */
void pg_error(struct pg_conn *conn, char *why, size_t why_size);

#endif
