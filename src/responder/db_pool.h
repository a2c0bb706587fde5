/*
 * db_pool.h - connection pool for all calls but registrations.
 *
 * A few connections, each opened when it is first needed and again when it was
 * lost. A call has one for itself and waits for a free one. Nothing is sent
 * twice: a caller that lost the result may call again. Safe for any number of
 * threads.
 */
#ifndef POSTERN_DB_POOL_H
#define POSTERN_DB_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"
#include "responder/outcome.h"

#define DB_POOL_CONNECTIONS 4
#define DB_POOL_CONNECTIONS_EACH 2 /* of them, for one caller */
#define DB_POOL_WAIT_MS 1000       /* at most for a connection */
#define DB_POOL_CALL_MS 3500       /* then for the result, connecting aside */

/* A parameter: text, or PostgreSQL's binary form of its type. */
struct db_pool_value {
	const char *bytes; /* NULL: null; text ends in NUL */
	size_t length;     /* of binary */
	bool binary;
};

/* Constant SQL that has one row. */
struct db_pool_call {
	const char *sql;
	const struct db_pool_value *values;
	size_t count;
	unsigned columns;
	uint64_t caller; /* 0: not known */
};

struct db_pool;
struct pg_result;

/*
 * No connection yet. waiting_max bounds the calls in hand at one time; more
 * are SERVICE_UNAVAILABLE at once. NULL when memory is short. Pair with
 * db_pool_close, when no call is in hand; NULL is fine.
 */
MUST_CHECK struct db_pool *db_pool_open(const char *conninfo,
    unsigned waiting_max);
void db_pool_close(struct db_pool *p);

/*
 * NONE: *row is the call's row, for db_pool_field; free it with db_pool_clear.
 * Else *row is NULL: SERVICE_UNAVAILABLE (done or not), INVALID_PARAMETER
 * when a value does not fit its type, or INTERNAL_ERROR. What fails is
 * logged, without values. One caller has at most DB_POOL_CONNECTIONS_EACH
 * connections and half of waiting_max, so that it does not delay the others.
 */
MUST_CHECK enum outcome db_pool_ask(struct db_pool *p,
    const struct db_pool_call *call, struct pg_result **row);

/* A column of the row; NULL is null. Lives as long as the row. */
const char *db_pool_field(const struct pg_result *row, unsigned column);

void db_pool_clear(struct pg_result *row);

#endif
