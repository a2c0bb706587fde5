/* db.c - the administrator's connection, by libpq. */
#include "db.h"

#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "http.h"

#define PARAMETERS_MAX 8
#define CONNECT_SECONDS 20

static PGconn *connection;

void
db_forget(void)
{
	PQfinish(connection);
	connection = NULL;
}

static void
ignore_notice(void *arg, const PGresult *notice)
{
	(void)arg;
	(void)notice;
}

static PGconn *
db(void)
{
	double deadline = now_seconds() + CONNECT_SECONDS;

	if (connection != NULL && PQstatus(connection) == CONNECTION_OK)
		return connection;
	do {
		db_forget();
		connection = PQconnectdb("connect_timeout=5 "
					 "application_name=contract");
		if (PQstatus(connection) == CONNECTION_OK) {
			PQsetNoticeReceiver(connection, ignore_notice, NULL);
			return connection;
		}
		poll(NULL, 0, 20);
	} while (now_seconds() < deadline);
	cr_assert_fail("no connection: %s", PQerrorMessage(connection));
	return NULL;
}

/* Has the server gone, whatever libpq thinks of the connection? */
static bool
gone(const PGresult *result)
{
	return PQstatus(connection) != CONNECTION_OK ||
	    (PQresultStatus(result) == PGRES_FATAL_ERROR &&
		PQresultErrorField(result, PG_DIAG_SQLSTATE) == NULL);
}

/* Run it, again while the server goes away under it. */
static PGresult *
execute(const char *sql, int n, const char *const *values)
{
	double deadline = now_seconds() + CONNECT_SECONDS;
	PGresult *result;

	for (;;) {
		result = n < 0
		    ? PQexec(db(), sql)
		    : PQexecParams(db(), sql, n, NULL, values, NULL, NULL, 0);
		if (!gone(result) || now_seconds() > deadline)
			return result;
		PQclear(result);
		db_forget();
	}
}

static PGresult *
expect_good(const char *sql, PGresult *result)
{
	cr_assert(PQresultStatus(result) == PGRES_TUPLES_OK ||
		PQresultStatus(result) == PGRES_COMMAND_OK,
	    "%s: %s", sql, PQresultErrorMessage(result));
	return result;
}

static PGresult *
query(const char *sql, va_list rest)
{
	const char *values[PARAMETERS_MAX];
	int n = 0;

	for (const char *p = va_arg(rest, const char *);
	     p != NULL && n < PARAMETERS_MAX; p = va_arg(rest, const char *))
		values[n++] = p;
	return expect_good(sql, execute(sql, n, values));
}

PGresult *
db_query(const char *sql, ...)
{
	PGresult *result;
	va_list rest;

	va_start(rest, sql);
	result = query(sql, rest);
	va_end(rest);
	return result;
}

long
db_number(const char *sql, ...)
{
	PGresult *result;
	va_list rest;
	long number;

	va_start(rest, sql);
	result = query(sql, rest);
	va_end(rest);
	cr_assert_eq(PQntuples(result), 1, "%s: one row", sql);
	number = strtol(PQgetvalue(result, 0, 0), NULL, 10);
	PQclear(result);
	return number;
}

void
db_text(char text[DB_TEXT_MAX], const char *sql, ...)
{
	PGresult *result;
	va_list rest;

	va_start(rest, sql);
	result = query(sql, rest);
	va_end(rest);
	cr_assert_eq(PQntuples(result), 1, "%s: one row", sql);
	snprintf(text, DB_TEXT_MAX, "%s", PQgetvalue(result, 0, 0));
	PQclear(result);
}

void
db_run(const char *sql)
{
	PQclear(expect_good(sql, execute(sql, -1, NULL)));
}

const char *
db_state(const char *sql)
{
	static char state[6];
	PGresult *result = execute(sql, -1, NULL);
	const char *code = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	snprintf(state, sizeof state, "%s", code != NULL ? code : "00000");
	PQclear(result);
	return state;
}
