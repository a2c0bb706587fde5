/*
 * session_error.h - what the database refused, in words, with what to do.
 *
 * Each says it on stderr and returns the status that the program exits with.
 */
#ifndef POSTERN_SESSION_ERROR_H
#define POSTERN_SESSION_ERROR_H

#include "common/compiler.h"

struct pg_conn;
struct pg_result;

/* No connection was made. */
MUST_CHECK int session_error_of_dial(const struct pg_conn *conn);

/* The answer is an error, or NULL: there was none. */
MUST_CHECK int session_error_of_answer(const struct pg_conn *conn,
    const struct pg_result *result);

#endif
