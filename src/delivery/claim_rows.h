/*
 * claim_rows.h - decodes the rows of postern.claim into attempts.
 *
 * Needs no libpq: a row is an array of fields, in PostgreSQL's binary form.
 */
#ifndef POSTERN_CLAIM_ROWS_H
#define POSTERN_CLAIM_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"
#include "delivery/attempt.h"
#include "delivery/owing.h"
#include "delivery/secret_cache.h"

enum claim_row_column {
	CLAIM_ROW_ID,
	CLAIM_ROW_ATTEMPT_NO,
	CLAIM_ROW_RETRY_NO,
	CLAIM_ROW_WEBHOOK,
	CLAIM_ROW_MESSAGE,
	CLAIM_ROW_URL,
	CLAIM_ROW_BODY,
	CLAIM_ROW_KEYS,
	CLAIM_ROW_MAX_IN_FLIGHT,
	CLAIM_ROW_ACCOUNT,
	CLAIM_ROW_SHARE,
	CLAIM_ROW_STANDING,
	CLAIM_ROW_DUE,
	CLAIM_ROW_TOP,
	CLAIM_ROW_TRACEPARENT,
	CLAIM_ROW_TIMEOUT,
	CLAIM_ROW_RETRY_SCHEDULE,
	CLAIM_ROW_HEADERS,
	CLAIM_ROW_COLUMNS
};

#define CLAIM_ROW_NAMES                                                       \
	"id, attempt_no, retry_no, webhook_id, message_id, url, body, keys, " \
	"max_in_flight, account_id, share, standing, due_at, top, "           \
	"traceparent, timeout, retry_schedule, headers"

/* A row is an array of CLAIM_ROW_COLUMNS. */
struct claim_row_field {
	const char *bytes; /* NULL: SQL's NULL */
	size_t length;
};

/* What a row is. */
enum claim_row_kind {
	CLAIM_ROW_SUMMARY, /* how far the claim looked */
	CLAIM_ROW_MORE,    /* an account that has more */
	CLAIM_ROW_DELIVERY
};

enum claim_row_kind claim_row_kind(const struct claim_row_field *row);

struct claim_row_summary {
	int64_t high;            /* the highest fresh id; 0: none */
	int32_t fresh, backlogs; /* so many were looked at */
	bool notes;              /* some are due: postern.apply_notes */
	bool clogged;            /* there is more than it may look at */
	bool lap_goes_on;        /* over the accounts, after lap_at */
	unsigned char lap_at[ID_BYTES];
	bool lanes_go_on; /* a lap over backlogs, from lanes_at */
	int64_t lanes_at;
	int64_t top; /* the highest id that there is, when clogged */
};

struct claim_row_summary claim_row_summary(const struct claim_row_field *row);

struct owing_account claim_row_more(const struct claim_row_field *row);

/*
 * A delivery, with whatever of its secrets and headers our keys open. One
 * whose body is longer than room comes without it, ended as returned. NULL
 * when memory is short.
 */
MUST_CHECK struct attempt *claim_row_attempt(const struct claim_row_field *row,
    size_t room, struct secret_cache *keys);

#endif
