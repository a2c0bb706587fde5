/*
 * record_params.h - attempts as the parameters of postern.record.
 *
 * Needs no libpq: it turns each attempt into an element of each array.
 */
#ifndef POSTERN_RECORD_PARAMS_H
#define POSTERN_RECORD_PARAMS_H

#include <stdbool.h>

#include "delivery/attempt.h"

#define RECORD_PARAMS_COUNT 18
#define RECORD_PARAMS_SQL                                        \
	"SELECT webhook_id, change, reason FROM postern.record(" \
	"$1::pg_catalog.int8[], $2::pg_catalog.int4[], "         \
	"$3::pg_catalog.text[], $4::pg_catalog.text[], "         \
	"$5::pg_catalog.int4[], $6::pg_catalog.int4[], "         \
	"$7::pg_catalog.int4[], $8::pg_catalog.int4[], "         \
	"$9::pg_catalog.int4[], $10::pg_catalog.int4[], "        \
	"$11::pg_catalog.int4[], $12::pg_catalog.int4[], "       \
	"$13::pg_catalog.int4[], $14::pg_catalog.int4[], "       \
	"$15::pg_catalog.text[], $16::pg_catalog.text[], "       \
	"$17::pg_catalog.bytea[], $18::pg_catalog.text[])"

struct record_params;

/* NULL when memory is short. Pair with record_params_close; NULL is fine. */
struct record_params *record_params_open(void);
void record_params_close(struct record_params *o);

/*
 * The values and their lengths, in binary, of linked attempts; they live
 * until the next call. False when memory is short.
 */
bool record_params_fill(struct record_params *o, const struct attempt *first,
    const char *values[RECORD_PARAMS_COUNT], int lengths[RECORD_PARAMS_COUNT]);

#endif
