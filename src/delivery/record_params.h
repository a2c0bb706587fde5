/*
 * record_params.h - attempts as the parameters of postern.record.
 *
 * Needs no libpq: each parameter is an array with an element of each attempt,
 * in PostgreSQL's binary form. The table of columns in record_params.c makes
 * both the statement and the parameters.
 */
#ifndef POSTERN_RECORD_PARAMS_H
#define POSTERN_RECORD_PARAMS_H

#include <stdbool.h>

#include "common/compiler.h"
#include "delivery/attempt.h"
#include "delivery/queue_conn.h"

#define RECORD_PARAMS_SQL_MAX 1024
#define RECORD_PARAMS_QUICK_US 2000000 /* whoever takes longer is not proven */

struct record_params;

/* NULL when memory is short. Pair with record_params_close; NULL is fine. */
MUST_CHECK struct record_params *record_params_open(void);
void record_params_close(struct record_params *p);

/* The statement that takes them. */
void record_params_sql(char sql[RECORD_PARAMS_SQL_MAX]);

/*
 * The parameters for linked attempts that have ended. They live until the
 * next call. NULL when memory is short.
 */
MUST_CHECK const struct queue_params *record_params_set(struct record_params *p,
    const struct attempt *first);

#endif
