/*
 * connection.h - one connection to PostgreSQL: dial, send, wait, receive.
 *
 * Both programs' doors to the database (common/database, delivery/queue)
 * stand on it. Nothing waits past its deadline,
 * which is a time of connection_now_ms.
 */
#ifndef POSTERN_CONNECTION_H
#define POSTERN_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>

#define CONNECTION_DIAL_SECONDS 2	/* a host */

/* libpq's PGconn and PGresult. */
struct pg_conn;
struct pg_result;

/*
 * May this be a libpq connection string? No password in it: it would show
 * in the process list. False: why says what to do.
 */
bool connection_conninfo(const char *conninfo, char *why, size_t why_size);

/*
 * Connect, with the session's settings made safe; NULL: why says what is
 * wrong. Close with PQfinish. The connection is nonblocking.
 */
struct pg_conn *connection_dial(const char *conninfo, const char *application,
    char *why, size_t why_size);

/* Run a statement without a result; as connection_prepare. */
bool connection_run(struct pg_conn *conn, const char *sql, char *why,
    size_t why_size);

/*
 * Prepare a statement; waits for CONNECTION_DIAL_SECONDS. False: why says
 * what is wrong.
 */
bool connection_prepare(struct pg_conn *conn, const char *name,
    const char *sql, char *why, size_t why_size);

/* Milliseconds of a clock that never steps. */
long long connection_now_ms(void);

/* Is it there still, after it idled? What the server closed is not. */
bool connection_alive(struct pg_conn *conn);

/* Send what is queued. False: the connection is lost or the time is over. */
bool connection_flush(struct pg_conn *conn, long long deadline);

/*
 * The one result of the statement in hand, or the error that its commit
 * raised after it: a result counts only when the server is ready again.
 * NULL: the connection is lost or the deadline has passed.
 */
struct pg_result *connection_receive(struct pg_conn *conn, long long deadline);

/*
 * As connection_receive, of a statement in single-row mode: each row is
 * shown as it comes, so that they are never all in memory. They count only
 * if the result does.
 */
struct pg_result *connection_receive_rows(struct pg_conn *conn,
    long long deadline, void (*show)(const struct pg_result *row, void *arg),
    void *arg);

/* Does this SQLSTATE (NULL: none) say that the connection is of no use? */
bool connection_lost(const char *state);

/* The connection's last error on one line. */
void connection_error(struct pg_conn *conn, char *why, size_t why_size);

#endif
