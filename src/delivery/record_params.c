/* record_params.c - attempts as the parameters of postern.record. */
#include "delivery/record_params.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "common/clock.h"
#include "common/pgarray.h"
#include "delivery/retry_policy.h"

/* In the order of the function. */
enum parameter {
	IDS,
	NUMBERS,
	OUTCOMES,
	VERDICTS,
	AGES,
	RETRIES,
	HOLDS,
	HARDS,
	STATUSES,
	NAMES,
	CONNECTS,
	TLS_TIMES,
	FIRSTS,
	TOTALS,
	PEERS,
	TLS,
	ANSWERS,
	ERRORS,
	PARAMETERS
};

_Static_assert(PARAMETERS == RECORD_PARAMS_COUNT, "one type for each");

static const enum pgarray_type types[PARAMETERS] = {
	[IDS] = PGARRAY_INT8,
	[NUMBERS] = PGARRAY_INT4,
	[OUTCOMES] = PGARRAY_TEXT,
	[VERDICTS] = PGARRAY_TEXT,
	[AGES] = PGARRAY_INT4,
	[RETRIES] = PGARRAY_INT4,
	[HOLDS] = PGARRAY_INT4,
	[HARDS] = PGARRAY_INT4,
	[STATUSES] = PGARRAY_INT4,
	[NAMES] = PGARRAY_INT4,
	[CONNECTS] = PGARRAY_INT4,
	[TLS_TIMES] = PGARRAY_INT4,
	[FIRSTS] = PGARRAY_INT4,
	[TOTALS] = PGARRAY_INT4,
	[PEERS] = PGARRAY_TEXT,
	[TLS] = PGARRAY_TEXT,
	[ANSWERS] = PGARRAY_BYTEA,
	[ERRORS] = PGARRAY_TEXT,
};

/* NULL: to be made again. */
static const char *const outcome_names[] = {
	[FATE_SENT] = "sent",
	[FATE_FAILED] = "failed",
	[FATE_RETRY] = NULL,
	[FATE_RETURNED] = "returned",
	[FATE_DEFERRED] = "returned",
};

struct record_params {
	struct pgarray arrays[PARAMETERS];
};

struct record_params *
record_params_open(void)
{
	return calloc(1, sizeof(struct record_params));
}

void
record_params_close(struct record_params *o)
{
	if (o == NULL)
		return;
	for (size_t i = 0; i < PARAMETERS; i++)
		pgarray_clear(&o->arrays[i]);
	free(o);
}

static void
add_text(struct pgarray *a, const char *text)
{
	if (text == NULL || *text == '\0')
		pgarray_add_null(a);
	else
		pgarray_add(a, text, strlen(text));
}

static void
add_number(struct pgarray *a, int32_t n)
{
	if (n == 0)
		pgarray_add_null(a);
	else
		pgarray_add_int4(a, n);
}

/* What is to become of the delivery, and when. */
static void
add_decision(struct pgarray *arrays, const struct attempt *a)
{
	const struct verdict *v = a->verdict;
	struct retry_decision d =
	    retry_policy_decide(&(struct retry_case){ v, a->retry_no,
				    a->failing, a->retry_after },
		randombytes_random());
	bool is_owed = d.fate != FATE_SENT && d.fate != FATE_FAILED;

	add_text(&arrays[OUTCOMES], outcome_names[d.fate]);
	if (is_owed)
		pgarray_add_int4(&arrays[RETRIES], d.delay_ms);
	else
		pgarray_add_null(&arrays[RETRIES]);
	add_text(&arrays[VERDICTS], v->name);
	pgarray_add_int4(&arrays[HARDS], v->hard);
	pgarray_add_int4(&arrays[HOLDS], d.hold_ms);
}

static void
add_attempt(struct pgarray *arrays, const struct attempt *a, long long now_ms)
{
	pgarray_add_int8(&arrays[IDS], a->id);
	pgarray_add_int4(&arrays[NUMBERS], a->attempt_no);
	add_decision(arrays, a);
	pgarray_add_int4(&arrays[AGES],
	    a->began_ms == 0 ? 0 : (int32_t)(now_ms - a->began_ms));
	add_number(&arrays[STATUSES], a->status);
	add_number(&arrays[NAMES], a->times.name);
	add_number(&arrays[CONNECTS], a->times.connect);
	add_number(&arrays[TLS_TIMES], a->times.tls);
	add_number(&arrays[FIRSTS], a->times.first);
	add_number(&arrays[TOTALS], a->times.total);
	add_text(&arrays[PEERS], a->peer);
	add_text(&arrays[TLS], a->tls);
	if (a->answer_length == 0)
		pgarray_add_null(&arrays[ANSWERS]);
	else
		pgarray_add(&arrays[ANSWERS], a->answer, a->answer_length);
	add_text(&arrays[ERRORS], a->error);
}

bool
record_params_fill(struct record_params *o, const struct attempt *first,
    const char *values[RECORD_PARAMS_COUNT], int lengths[RECORD_PARAMS_COUNT])
{
	long long now_ms = clock_now_ms();

	for (size_t i = 0; i < PARAMETERS; i++)
		pgarray_reset(&o->arrays[i]);
	for (const struct attempt *a = first; a != NULL; a = a->next)
		add_attempt(o->arrays, a, now_ms);
	for (size_t i = 0; i < PARAMETERS; i++) {
		if (!pgarray_end(&o->arrays[i], types[i]))
			return false;
		values[i] = o->arrays[i].bytes;
		lengths[i] = (int)o->arrays[i].length;
	}
	return true;
}
