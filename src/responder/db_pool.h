/*
 * db_pool.h - connection pool for all calls but registrations.
 *
 * A few connections, each opened when it is first needed and again when it was
 * lost. A call has one for itself and waits for a free one. Nothing is sent
 * twice: a caller that lost the result may call again. Safe for any number of
 * threads.
 *
 * One account has at most half of the connections, and less when others want
 * some. Accounts whose calls took long lately leave the last quarter to others,
 * however many they are. Those that wait take turns by account.
 */
#ifndef POSTERN_DB_POOL_H
#define POSTERN_DB_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "responder/account.h"
#include "responder/outcome.h"

#define DB_POOL_CONNECTIONS_MAX 8

struct db_pool_plan {
	const char *purpose;  /* for the log */
	unsigned connections; /* at most DB_POOL_CONNECTIONS_MAX */
	unsigned waiting_max; /* calls in hand at one time */
	unsigned wait_ms;     /* at most for a connection */
	unsigned call_ms;     /* then for the result, connecting aside */
};

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
	const struct account *account; /* that it counts for */
};

struct db_pool;
struct pg_result;

/*
 * No connection yet. NULL when memory is short. Pair with db_pool_close, when
 * no call is in hand; NULL is fine.
 */
MUST_CHECK struct db_pool *db_pool_open(const char *conninfo,
    const struct db_pool_plan *plan);
void db_pool_close(struct db_pool *p);

/*
 * NONE: *row is the call's row, for db_pool_field; free it with db_pool_clear.
 * Else *row is NULL: SERVICE_UNAVAILABLE (done or not), INVALID_PARAMETER
 * when a value does not fit its type, or INTERNAL_ERROR. What fails is
 * logged, without values.
 */
MUST_CHECK enum outcome db_pool_ask(struct db_pool *p,
    const struct db_pool_call *call, struct pg_result **row);

/* A column of the row; NULL is null. Lives as long as the row. */
const char *db_pool_field(const struct pg_result *row, unsigned column);

void db_pool_clear(struct pg_result *row);

#endif
