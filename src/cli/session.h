/*
 * session.h - the database, as a person's program asks it: psql's manners, one
 * question at a time, and Ctrl-C ends the question on the server too.
 *
 * What goes wrong is said on stderr, with what to do about it; what is returned
 * is then the status that the program exits with.
 */
#ifndef POSTERN_SESSION_H
#define POSTERN_SESSION_H

#include <stddef.h>

#include "common/compiler.h"

#include "cli/command.h"
#include "cli/grid.h"

#define SESSION_COLUMNS_MAX 32

struct session;
struct pg_result;

/* Rows, until answer_clear; zeroed to begin with. */
struct answer {
	struct grid grid;
	struct grid_column columns[SESSION_COLUMNS_MAX];
	struct pg_result *result;
};

/*
 * Connect as the call's options and the environment say. EXIT_SUCCESS, and
 * *session is to be closed; or EXIT_AWAY or EXIT_USAGE.
 */
MUST_CHECK int session_open(const struct invocation *call,
    struct session **session);

/* NULL is fine. */
void session_close(struct session *session);

/*
 * Ask, with so many values as text, of which NULL is none. EXIT_SUCCESS, and
 * the answer is to be cleared; or the status to exit with.
 */
MUST_CHECK int session_ask(struct session *session, const char *sql,
    const char *const *values, size_t count, struct answer *answer);

/*
 * As session_ask, of a question whose first value is the statement to run: an
 * identifier cannot be a value. NULL: nothing is to be run.
 */
MUST_CHECK int session_run(struct session *session, const char *sql,
    const char *const *values, size_t count);

void answer_clear(struct answer *answer);

/* The text at this place; NULL: no value, or no such row. */
const char *answer_text(const struct answer *answer, size_t row, size_t column);

#endif
