/*
 * health_params.h - how webhooks fared, for postern.note_health.
 *
 * Needs no libpq: each parameter is an array with an element of each webhook,
 * in PostgreSQL's binary form.
 */
#ifndef POSTERN_HEALTH_PARAMS_H
#define POSTERN_HEALTH_PARAMS_H

#include <stdbool.h>

#include "common/compiler.h"
#include "delivery/queue_conn.h"

#define HEALTH_PARAMS_MAX 1000 /* webhooks of a call: a short step */
#define HEALTH_PARAMS_SQL                                    \
	"SELECT postern.note_health($1::pg_catalog.uuid[], " \
	"$2::pg_catalog.uuid[], $3::pg_catalog.int4[], "     \
	"$4::pg_catalog.int4[], $5::pg_catalog.int4[], $6::pg_catalog.int8[])"

struct health_params;

/* NULL when memory is short. Pair with health_params_close; NULL is fine. */
MUST_CHECK struct health_params *health_params_open(void);
void health_params_close(struct health_params *p);

/*
 * Those that webhook_health.h has; they live until the next call. NULL: there
 * are none, or memory is short, and then they are put back. more: there may be
 * others.
 */
MUST_CHECK const struct queue_params *health_params_take(struct health_params
							     *p,
    bool *more);

/* The call failed: let them be taken again. */
void health_params_put_back(const struct health_params *p);

#endif
