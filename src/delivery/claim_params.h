/*
 * claim_params.h - what a claim asks for, as parameters of postern.claim.
 *
 * Needs no libpq: values are in PostgreSQL's binary form. Webhooks and accounts
 * with deliveries in hand are named if they have less room than others have.
 */
#ifndef POSTERN_CLAIM_PARAMS_H
#define POSTERN_CLAIM_PARAMS_H

#include "common/compiler.h"
#include "delivery/claim_plan.h"
#include "delivery/prefetch.h"
#include "delivery/queue_conn.h"

#define CLAIM_PARAMS_FEW 2 /* of an account with fewer, others are no nearer */

/* The statement that takes them. */
#define CLAIM_PARAMS_SQL                                                    \
	"SELECT " CLAIM_ROW_NAMES " FROM postern.claim("                    \
	"$1::pg_catalog.int8, $2::pg_catalog.int4, '" QUEUE_LEASE "', "     \
	"$3::pg_catalog.int4, $4::pg_catalog.uuid[], "                      \
	"$5::pg_catalog.int4[], $6::pg_catalog.int4, "                      \
	"$7::pg_catalog.uuid[], $8::pg_catalog.int4[], "                    \
	"$9::pg_catalog.int4, $10::pg_catalog.int4, $11::pg_catalog.int4, " \
	"$12::pg_catalog.int4, $13::pg_catalog.int4, "                      \
	"$14::pg_catalog.int4[], $15::pg_catalog.int4, "                    \
	"$16::pg_catalog.int4[], $17::pg_catalog.uuid[], "                  \
	"$18::pg_catalog.int8[], $19::pg_catalog.timestamptz[], "           \
	"$20::pg_catalog.uuid, $21::pg_catalog.timestamptz)"

struct claim_params;

/* NULL when memory is short. Pair with claim_params_close; NULL is fine. */
MUST_CHECK struct claim_params *claim_params_open(void);
void claim_params_close(struct claim_params *p);

/* They live until the next call. NULL when memory is short. */
MUST_CHECK const struct queue_params *claim_params_set(struct claim_params *p,
    const struct claim_order *order, const struct prefetch *hand);

#endif
