/*
 * pg_dial.h - dials PostgreSQL: a session of our settings, on our schema.
 *
 * libpq bounds how long an address takes, but not the names that it looks up.
 */
#ifndef POSTERN_PG_DIAL_H
#define POSTERN_PG_DIAL_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"

#define PG_DIAL_SCHEMA 23      /* made for this, the newest of sql/tables */
#define PG_DIAL_SECONDS 2      /* an address of a host */
#define PG_DIAL_MOST_SECONDS 6 /* all of them, and looking up their names */

struct pg_conn;

/*
 * May this be a libpq connection string? No password in it: it would show
 * in the process list. False: why says what to do.
 */
MUST_CHECK bool pg_conninfo(const char *conninfo, char *why, size_t why_size);

/*
 * Connect, pin the session's settings, and see that the schema is one that
 * this version may use. NULL: why says what is wrong, and of a schema that is
 * too old or too new what to do. Close with PQfinish. The connection is
 * nonblocking.
 */
MUST_CHECK struct pg_conn *pg_dial(const char *conninfo,
    const char *application, char *why, size_t why_size);

/*
 * Is there a server that takes writes, or one that lets this role not in
 * (SQLSTATE class 28), or not into this database (3D000)? Then what has just
 * failed will fail until somebody changes something: returns what to do, to be
 * put behind the failure, "" if that says it itself. NULL: there is none.
 */
MUST_CHECK const char *pg_dial_advice(const char *conninfo);

#endif
