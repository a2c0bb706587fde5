/*
 * claim_rows.h - rows of postern.claim as attempts.
 *
 * Needs no libpq: a row is an array of fields, in PostgreSQL's binary form.
 */
#ifndef POSTERN_CLAIM_ROWS_H
#define POSTERN_CLAIM_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "delivery/attempt.h"
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
	CLAIM_ROW_COLUMNS
};

#define CLAIM_ROW_NAMES \
	"id, attempt_no, retry_no, webhook_id, message_id, url, body, keys"

struct claim_row_field {
	const char *bytes; /* NULL: SQL's NULL */
	size_t length;
};

/* What the first row says. */
struct claim_row_summary {
	int64_t high;            /* the highest fresh id; 0: none */
	int32_t fresh, backlogs; /* so many were looked at */
	bool notes;              /* there are some to settle */
};

struct claim_row_summary claim_row_summary(
    const struct claim_row_field row[CLAIM_ROW_COLUMNS]);

/*
 * Another row's delivery, with whatever of its secrets our keys open. One
 * whose body is longer than room is made without it, ended as returned.
 * NULL when memory is short.
 */
struct attempt *claim_row_attempt(const struct claim_row_field
				      row[CLAIM_ROW_COLUMNS],
    size_t room, struct secret_cache *keys);

#endif
