/*
 * db.h - the database behind the site, seen by its administrator.
 *
 * One connection a process, made when first needed and again when lost. A
 * statement that fails fails the test. Parameters are texts, ended by NULL.
 */
#ifndef CONTRACT_DB_H
#define CONTRACT_DB_H

#include <libpq-fe.h>

#define DB_TEXT_MAX 4096

/* Run a statement and give its result; clear it with PQclear. */
PGresult *db_query(const char *sql, ...) __attribute__((sentinel));

/* The first column of the first row. */
long db_number(const char *sql, ...) __attribute__((sentinel));
void db_text(char text[DB_TEXT_MAX], const char *sql, ...)
    __attribute__((sentinel));

/* Any number of statements; no result. */
void db_run(const char *sql);

/* The SQLSTATE of a statement: "00000" when it works. */
const char *db_state(const char *sql);

/* Forget the connection: the server is about to go. */
void db_forget(void);

#endif
