/*
 * at.c - a preloaded library that kills or holds its process at one place.
 *
 * KILL_AT names the place; the process dies there by SIGKILL, the first time
 * it comes by, or as KILL_TURN says. HOLD_RESPONSE delays the first response
 * by so many milliseconds. The places are calls of libfcgi and libpq, so that
 * the program under test needs no code for it and no debugger, which could not
 * write into a process that cannot be dumped. Beside those of the responder
 * there are, of each statement that was prepared with a name, before-NAME and
 * after-NAME: it is about to be sent, and it has been done.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* RTLD_NEXT */
#endif
#include <dlfcn.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcgiapp.h>
#include <libpq-fe.h>

#define NAME_ROOM 64

static bool sent;    /* a statement is with the server */
static bool replied; /* an answer was begun */
static _Thread_local char statement[NAME_ROOM]; /* with the server */

static void
die_at(const char *place)
{
	static atomic_long passed;
	const char *wanted = getenv("KILL_AT"), *turn = getenv("KILL_TURN");

	if (wanted == NULL || strcmp(wanted, place) != 0)
		return;
	if (atomic_fetch_add(&passed, 1) + 1 >=
	    (turn == NULL ? 1 : strtol(turn, NULL, 10)))
		raise(SIGKILL);
}

/* Of a registration, not of what the responder tells of itself meanwhile. */
static void
die_at_commit(const char *place)
{
	if (strcmp(statement, "register") == 0)
		die_at(place);
}

/* when: "before" or "after" */
static void
die_at_statement(const char *when)
{
	char place[2 * NAME_ROOM];

	snprintf(place, sizeof place, "%s-%s", when, statement);
	die_at(place);
}

/* The first response waits; the others pass it by. */
static void
hold_first_response(void)
{
	static atomic_flag held = ATOMIC_FLAG_INIT;
	const char *ms = getenv("HOLD_RESPONSE");

	if (ms != NULL && !atomic_flag_test_and_set(&held))
		poll(NULL, 0, (int)strtol(ms, NULL, 10));
}

static void *
next(const char *name)
{
	void *f = dlsym(RTLD_NEXT, name);

	if (f == NULL)
		abort();
	return f;
}

int
FCGX_GetStr(char *to, int n, FCGX_Stream *stream)
{
	int (*real)(char *, int, FCGX_Stream *) = next("FCGX_GetStr");
	int got = real(to, n, stream);

	die_at("after-read");
	return got;
}

int
PQsendQueryPrepared(PGconn *conn, const char *name, int n,
    const char *const *values, const int *lengths, const int *formats,
    int format)
{
	int (*real)(PGconn *, const char *, int, const char *const *,
	    const int *, const int *, int) = next("PQsendQueryPrepared");

	snprintf(statement, sizeof statement, "%s", name);
	die_at_commit("before-commit");
	die_at_statement("before");
	sent = true;
	return real(conn, name, n, values, lengths, formats, format);
}

/* No more results: the server has committed and said so. */
PGresult *
PQgetResult(PGconn *conn)
{
	PGresult *(*real)(PGconn *) = next("PQgetResult");
	PGresult *result = real(conn);

	if (sent && result == NULL) {
		die_at_commit("after-commit");
		die_at_statement("after");
	}
	return result;
}

int
FCGX_PutStr(const char *text, int n, FCGX_Stream *stream)
{
	int (*real)(const char *, int, FCGX_Stream *) = next("FCGX_PutStr");

	die_at("before-response");
	hold_first_response();
	replied = true;
	return real(text, n, stream);
}

/* The request is done with, its answer written. */
void
FCGX_Free(FCGX_Request *request, int close_it)
{
	void (*real)(FCGX_Request *, int) = next("FCGX_Free");

	if (replied)
		die_at("after-response");
	real(request, close_it);
}
