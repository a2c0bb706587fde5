/* record_params.c - attempts as the parameters of postern.record. */
#include "delivery/record_params.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "common/clock.h"
#include "common/pgarray.h"
#include "delivery/retry_policy.h"

/* What there is to record of one attempt. */
struct row {
	const struct attempt *attempt;
	struct retry_decision decision;
	int32_t age_ms; /* since it began */
};

static void
add_integer(struct pgarray *to, int32_t n)
{
	if (n == 0)
		pgarray_add_null(to);
	else
		pgarray_add_int4(to, n);
}

static void
add_bytes(struct pgarray *to, const void *bytes, size_t length)
{
	if (length == 0)
		pgarray_add_null(to);
	else
		pgarray_add(to, bytes, length);
}

static void
add_text(struct pgarray *to, const char *text)
{
	add_bytes(to, text, strlen(text));
}

static void
add_id(struct pgarray *to, const struct row *r)
{
	pgarray_add_int8(to, r->attempt->id);
}

static void
add_attempt_no(struct pgarray *to, const struct row *r)
{
	pgarray_add_int4(to, r->attempt->attempt_no);
}

static void
add_outcome(struct pgarray *to, const struct row *r)
{
	static const char *const outcomes[] = {
		[FATE_SENT] = "sent",
		[FATE_FAILED] = "failed",
		[FATE_RETRY] = "", /* NULL: it has none yet */
		[FATE_RETURNED] = "returned",
	};

	add_text(to, outcomes[r->decision.fate]);
}

static void
add_verdict(struct pgarray *to, const struct row *r)
{
	add_text(to, r->attempt->verdict->name);
}

static void
add_age(struct pgarray *to, const struct row *r)
{
	pgarray_add_int4(to, r->age_ms);
}

static void
add_delay(struct pgarray *to, const struct row *r)
{
	if (r->decision.fate == FATE_SENT || r->decision.fate == FATE_FAILED)
		pgarray_add_null(to);
	else
		pgarray_add_int8(to, r->decision.delay_ms);
}

static void
add_hold(struct pgarray *to, const struct row *r)
{
	pgarray_add_int4(to, r->decision.hold_ms);
}

static void
add_hard(struct pgarray *to, const struct row *r)
{
	pgarray_add_int4(to, r->attempt->verdict->hard);
}

/* Only what has changed since it was claimed; NULL: nothing has. */
static void
add_proven(struct pgarray *to, const struct row *r)
{
	const struct attempt *a = r->attempt;
	bool was = a->standing == STANDING_PROVEN;
	bool is = a->verdict->fate == FATE_SENT
	    ? a->total_us < RECORD_PARAMS_QUICK_US
	    : was && !a->verdict->hard;

	if (is == was)
		pgarray_add_null(to);
	else
		pgarray_add_int4(to, is);
}

/* A function add_NAME for each of an attempt's facts. */
#define ADD_FACT(name, call)                                            \
	static void add_##name(struct pgarray *to, const struct row *r) \
	{                                                               \
		call;                                                   \
	}
#define ADD_INTEGER(name) ADD_FACT(name, add_integer(to, r->attempt->name))
#define ADD_TIME(name) ADD_INTEGER(name)
#define ADD_TEXT(name, size) ADD_FACT(name, add_text(to, r->attempt->name))
#define ADD_BYTES(name, size) \
	ADD_FACT(name,        \
	    add_bytes(to, r->attempt->name, r->attempt->name##_length))
ATTEMPT_FACTS(ADD_INTEGER, ADD_TIME, ADD_TEXT, ADD_BYTES)

#define INTEGER_COLUMN(name) { PGARRAY_INT4, add_##name },
#define TIME_COLUMN(name) INTEGER_COLUMN(name)
#define TEXT_COLUMN(name, size) { PGARRAY_TEXT, add_##name },
#define BYTES_COLUMN(name, size) { PGARRAY_BYTEA, add_##name },

/* In the order of the function's parameters. */
static const struct column {
	enum pgarray_type type;
	void (*add)(struct pgarray *to, const struct row *r);
} columns[] = {
	/* clang-format off */
	{ PGARRAY_INT8, add_id },
	{ PGARRAY_INT4, add_attempt_no },
	{ PGARRAY_TEXT, add_outcome },
	{ PGARRAY_TEXT, add_verdict },
	{ PGARRAY_INT4, add_age },
	{ PGARRAY_INT8, add_delay },
	{ PGARRAY_INT4, add_hold },
	{ PGARRAY_INT4, add_hard },
	ATTEMPT_FACTS(INTEGER_COLUMN, TIME_COLUMN, TEXT_COLUMN, BYTES_COLUMN)
	{ PGARRAY_INT4, add_proven },
	/* clang-format on */
};

_Static_assert(COUNT(columns) <= QUEUE_PARAMS_MAX, "one call takes them");

struct record_params {
	struct pgarray arrays[COUNT(columns)];
	const char *values[COUNT(columns)];
	int lengths[COUNT(columns)];
	struct queue_params params;
};

struct record_params *
record_params_open(void)
{
	struct record_params *p = calloc(1, sizeof *p);

	if (p != NULL)
		p->params = (struct queue_params){ COUNT(columns), p->values,
			p->lengths };
	return p;
}

void
record_params_close(struct record_params *p)
{
	if (p == NULL)
		return;
	for (size_t i = 0; i < COUNT(columns); i++)
		pgarray_clear(&p->arrays[i]);
	free(p);
}

static const char *
type_name(enum pgarray_type type)
{
	switch (type) {
	case PGARRAY_INT8:
		return "int8";
	case PGARRAY_INT4:
		return "int4";
	case PGARRAY_BYTEA:
		return "bytea";
	case PGARRAY_UUID:
		return "uuid";
	case PGARRAY_TIMESTAMPTZ:
		return "timestamptz";
	case PGARRAY_TEXT:
		break;
	}
	return "text";
}

void
record_params_sql(char sql[RECORD_PARAMS_SQL_MAX])
{
	size_t n = (size_t)snprintf(sql, RECORD_PARAMS_SQL_MAX,
	    "SELECT webhook_id, change, reason FROM postern.record(");

	for (size_t i = 0; i < COUNT(columns); i++)
		n += (size_t)snprintf(sql + n, RECORD_PARAMS_SQL_MAX - n,
		    "%s$%zu::pg_catalog.%s[]", i > 0 ? ", " : "", i + 1,
		    type_name(columns[i].type));
	snprintf(sql + n, RECORD_PARAMS_SQL_MAX - n, ")");
}

static void
add_row(struct pgarray *arrays, const struct attempt *a, long long now_ms)
{
	struct retry_case ended = { a->verdict, a->retry_no, a->retry_after,
		&a->schedule };
	struct row r = {
		.attempt = a,
		.decision = retry_policy_decide(&ended, randombytes_random()),
		.age_ms =
		    a->began_ms == 0 ? 0 : (int32_t)(now_ms - a->began_ms),
	};

	for (size_t i = 0; i < COUNT(columns); i++)
		columns[i].add(&arrays[i], &r);
}

const struct queue_params *
record_params_set(struct record_params *p, const struct attempt *first)
{
	long long now_ms = clock_now_ms();

	for (size_t i = 0; i < COUNT(columns); i++)
		pgarray_reset(&p->arrays[i]);
	for (const struct attempt *a = first; a != NULL; a = a->next)
		add_row(p->arrays, a, now_ms);
	for (size_t i = 0; i < COUNT(columns); i++)
		if (!pgarray_parameter(&p->arrays[i], columns[i].type,
			&p->values[i], &p->lengths[i]))
			return NULL;
	return &p->params;
}
