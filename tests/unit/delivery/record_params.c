/* record_params.c - the statement takes what an attempt is made into. */
#include "delivery/record_params.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "common/pgarray.h"

#define HEAD 20 /* bytes of an array before its first element */

/* The length of an array's only element, and its bytes. */
static int32_t
element(const struct queue_params *p, int i, const char **bytes)
{
	uint32_t length;

	memcpy(&length, p->values[i] + HEAD, sizeof length);
	*bytes = p->values[i] + HEAD + sizeof length;
	return (int32_t)ntohl(length);
}

static bool
has_text(const struct queue_params *p, int i, const char *text)
{
	const char *bytes;
	int32_t length = element(p, i, &bytes);

	return length == (int32_t)strlen(text) &&
	    memcmp(bytes, text, strlen(text)) == 0;
}

static bool
has_null(const struct queue_params *p, int i)
{
	const char *bytes;

	return element(p, i, &bytes) == -1;
}

static bool
has_integer(const struct queue_params *p, int i, uint32_t n)
{
	const char *bytes;

	n = htonl(n);
	return element(p, i, &bytes) == 4 && memcmp(bytes, &n, 4) == 0;
}

Test(record_params, the_statement_has_a_place_for_each)
{
	static const char wanted[] =
	    "SELECT webhook_id, change, reason FROM postern.record("
	    "$1::pg_catalog.int8[], $2::pg_catalog.int4[], "
	    "$3::pg_catalog.text[], $4::pg_catalog.text[], "
	    "$5::pg_catalog.int4[], $6::pg_catalog.int8[], "
	    "$7::pg_catalog.int4[], $8::pg_catalog.int4[], ";
	struct record_params *p = record_params_open();
	const struct queue_params *params = record_params_set(p, NULL);
	char sql[RECORD_PARAMS_SQL_MAX], last[16], next[16];

	record_params_sql(sql);
	cr_assert_eq(strncmp(sql, wanted, strlen(wanted)), 0, "%s", sql);
	snprintf(last, sizeof last, "$%d::", params->count);
	snprintf(next, sizeof next, "$%d::", params->count + 1);
	cr_assert_not_null(strstr(sql, last), "%s", sql);
	cr_assert_null(strstr(sql, next), "%s", sql);
	record_params_close(p);
	record_params_close(NULL);
}

Test(record_params, a_failed_attempt_is_owed_again)
{
	struct record_params *p = record_params_open();
	struct attempt *a = attempt_new("u", 1, "b", 1);
	const struct queue_params *params;

	a->attempt_no = 7;
	attempt_end(a, ENDING_ANSWERED, 500);
	a->total_us = 1234;
	memcpy(a->answer, "no", 2);
	a->answer_length = 2;
	memcpy(a->answer_headers, "A: b\n", 5);
	a->answer_headers_length = 5;
	params = record_params_set(p, a);
	cr_assert(has_integer(params, 1, 7));
	cr_assert(has_null(params, 2), "it has no outcome yet");
	cr_assert(has_text(params, 3, "rejected"));
	cr_assert_not(has_null(params, 5), "it is due again");
	cr_assert(has_integer(params, 7, 0), "it is not hard");
	cr_assert(has_integer(params, 8, 500));
	cr_assert(has_null(params, 9), "its name was not looked up");
	cr_assert(has_integer(params, 13, 1234));
	cr_assert(has_text(params, 16, "no"));
	cr_assert(has_null(params, 17), "there is no error");
	cr_assert(has_text(params, 18, "A: b\n"));
	attempt_free(a);
	record_params_close(p);
}

Test(record_params, what_is_over_is_due_at_no_time)
{
	static const struct {
		enum ending ending;
		int status;
		const char *outcome;
		bool is_due;
	} ends[] = {
		{ ENDING_ANSWERED, 200, "sent", false },
		{ ENDING_ANSWERED, 410, "failed", false },
		{ ENDING_RETURNED, 0, "returned", true },
	};
	struct record_params *p = record_params_open();
	const struct queue_params *params;

	for (size_t i = 0; i < COUNT(ends); i++) {
		struct attempt *a = attempt_new("u", 1, "b", 1);

		attempt_end(a, ends[i].ending, ends[i].status);
		params = record_params_set(p, a);
		cr_assert(has_text(params, 2, ends[i].outcome), "end %zu", i);
		cr_assert_eq(has_null(params, 5), !ends[i].is_due, "end %zu",
		    i);
		attempt_free(a);
	}
	record_params_close(p);
}

Test(record_params, what_a_webhook_proves_is_said_when_it_changes)
{
	static const struct {
		enum standing standing;
		int status;
		int32_t total_us;
		int proven; /* -1: as it was */
	} ends[] = {
		{ STANDING_PROVEN, 200, 5000, -1 },
		{ STANDING_NEW, 200, 5000, 1 },
		{ STANDING_FAILING, 200, RECORD_PARAMS_QUICK_US - 1, 1 },
		{ STANDING_PROVEN, 200, RECORD_PARAMS_QUICK_US, 0 },
		{ STANDING_NEW, 200, RECORD_PARAMS_QUICK_US, -1 },
		{ STANDING_PROVEN, 503, 5000, 0 },
		{ STANDING_FAILING, 503, 5000, -1 },
		{ STANDING_PROVEN, 400, 5000, -1 },
		{ STANDING_NEW, 400, 5000, -1 },
	};
	struct record_params *p = record_params_open();
	const struct queue_params *params;

	for (size_t i = 0; i < COUNT(ends); i++) {
		struct attempt *a = attempt_new("u", 1, "b", 1);
		int last;

		a->standing = ends[i].standing;
		a->total_us = ends[i].total_us;
		attempt_end(a, ENDING_ANSWERED, ends[i].status);
		params = record_params_set(p, a);
		last = params->count - 1;
		if (ends[i].proven == -1)
			cr_assert(has_null(params, last), "end %zu", i);
		else
			cr_assert(has_integer(params, last,
				      (uint32_t)ends[i].proven),
			    "end %zu", i);
		attempt_free(a);
	}
	record_params_close(p);
}
