/* pg.c - libpq wrapper: one connection, and nothing waits for ever. */
#include "common/pg.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include <libpq-fe.h>

#include "common/clock.h"

static bool
has_status(PGresult *res, ExecStatusType wanted)
{
	bool ok = PQresultStatus(res) == wanted;

	PQclear(res);
	return ok;
}

/* Does the text have this line of it before that, too? */
static bool
is_repeated(const char *text, const char *line, size_t length)
{
	for (const char *at = text; at < line;) {
		size_t n = strcspn(at, "\n");

		if (n == length && memcmp(at, line, n) == 0)
			return true;
		at += n + 1;
	}
	return false;
}

void
pg_one_line(const char *text, char *out, size_t out_size)
{
	size_t used = 0, n;

	*out = '\0';
	for (const char *line = text; *line != '\0' && used < out_size;
	     line += n + (line[n] == '\n')) {
		n = strcspn(line, "\n");
		if (n > 0 && !is_repeated(text, line, n))
			used += (size_t)snprintf(out + used, out_size - used,
			    "%s%.*s", used > 0 ? " " : "", (int)n, line);
	}
	for (; *out != '\0'; out++)
		if (*out == '\t')
			*out = ' ';
}

void
pg_error(PGconn *conn, char *why, size_t why_size)
{
	pg_one_line(conn == NULL ? "out of memory" : PQerrorMessage(conn), why,
	    why_size);
	if (*why == '\0')
		snprintf(why, why_size, "the server does not answer");
}

/* Wait until the socket is ready for events, or the deadline has passed. */
static bool
await_socket(PGconn *conn, short events, long long deadline)
{
	struct pollfd p = { .fd = PQsocket(conn), .events = events };
	int n;

	do {
		long long left = deadline - clock_now_ms();

		n = left <= 0 ? 0 : poll(&p, 1, (int)left);
	} while (n == -1 && errno == EINTR);
	return n > 0;
}

bool
pg_alive(PGconn *conn)
{
	struct pollfd p = { .fd = PQsocket(conn), .events = POLLIN };

	/* behind the last words of one that was closed is its end */
	while (poll(&p, 1, 0) > 0)
		if (PQconsumeInput(conn) == 0)
			return false;
	return PQstatus(conn) == CONNECTION_OK;
}

bool
pg_flush(PGconn *conn, long long deadline)
{
	for (;;) {
		int left = PQflush(conn);

		if (left <= 0)
			return left == 0;
		if (!await_socket(conn, POLLIN | POLLOUT, deadline) ||
		    PQconsumeInput(conn) == 0)
			return false;
	}
}

/* The next result in res, NULL: no more. False: lost, or out of time. */
static bool
next_result(PGconn *conn, long long deadline, PGresult **res)
{
	while (PQisBusy(conn))
		if (!await_socket(conn, POLLIN, deadline) ||
		    PQconsumeInput(conn) == 0)
			return false;
	*res = PQgetResult(conn);
	return true;
}

PGresult *
pg_receive_rows(PGconn *conn, long long deadline,
    void (*show)(const PGresult *row, void *arg), void *arg)
{
	PGresult *kept = NULL, *res;

	for (;;) {
		if (!next_result(conn, deadline, &res))
			goto lost;
		if (res == NULL)
			break;
		if (PQresultStatus(res) == PGRES_SINGLE_TUPLE) {
			if (show != NULL)
				show(res, arg);
			PQclear(res);
		} else if (kept == NULL ||
		    PQresultStatus(kept) != PGRES_FATAL_ERROR) {
			PQclear(kept);
			kept = res;
		} else {
			PQclear(res);
		}
	}
	if (PQstatus(conn) == CONNECTION_OK &&
	    PQtransactionStatus(conn) == PQTRANS_IDLE)
		return kept;
lost:
	PQclear(kept);
	return NULL;
}

PGresult *
pg_receive(PGconn *conn, long long deadline)
{
	return pg_receive_rows(conn, deadline, NULL, NULL);
}

/* The result of a statement just sent; false when it is not as wanted. */
static bool
finish_statement(PGconn *conn, int sent, ExecStatusType wanted)
{
	long long deadline = clock_now_ms() + PG_PREPARE_SECONDS * 1000;

	return sent == 1 && pg_flush(conn, deadline) &&
	    has_status(pg_receive(conn, deadline), wanted);
}

bool
pg_run(PGconn *conn, const char *sql, char *why, size_t why_size)
{
	if (finish_statement(conn, PQsendQuery(conn, sql), PGRES_COMMAND_OK))
		return true;
	pg_error(conn, why, why_size);
	return false;
}

bool
pg_prepare(PGconn *conn, const char *name, const char *sql, char *why,
    size_t why_size)
{
	if (finish_statement(conn, PQsendPrepare(conn, name, sql, 0, NULL),
		PGRES_COMMAND_OK))
		return true;
	pg_error(conn, why, why_size);
	return false;
}

PGresult *
pg_ask(PGconn *conn, const char *sql, const char *bytes, size_t length)
{
	long long deadline = clock_now_ms() + PG_PREPARE_SECONDS * 1000;
	int size = (int)length, binary = 1, sent;

	if (bytes == NULL)
		sent = PQsendQuery(conn, sql);
	else
		sent = PQsendQueryParams(conn, sql, 1, NULL, &bytes, &size,
		    &binary, 0);
	if (sent != 1 || !pg_flush(conn, deadline))
		return NULL;
	return pg_receive(conn, deadline);
}
