/*
 * claimed.h - rows of postern.claim as attempts.
 *
 * Needs no libpq: a row is an array of fields, in PostgreSQL's binary form.
 */
#ifndef POSTERN_CLAIMED_H
#define POSTERN_CLAIMED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "delivery/attempt.h"
#include "delivery/keys.h"

enum claimed_column {
	CLAIMED_ID, CLAIMED_NUMBER, CLAIMED_STEP, CLAIMED_WEBHOOK,
	CLAIMED_MESSAGE, CLAIMED_URL, CLAIMED_BODY, CLAIMED_KEYS,
	CLAIMED_COLUMNS
};

#define CLAIMED_NAMES \
	"id, number, step, webhook_id, message_id, url, body, keys"

struct claimed_field {
	const char *bytes;		/* NULL: SQL's NULL */
	size_t length;
};

/* What the first row says. */
struct claimed_view {
	int64_t high;			/* the highest fresh id; 0: none */
	int32_t fresh, backlogs;	/* so many were looked at */
	bool notes;			/* there are some to settle */
};

struct claimed_view claimed_view(
    const struct claimed_field row[CLAIMED_COLUMNS]);

/*
 * Another row's delivery, with whatever of its secrets our keys open. One
 * whose body is longer than room is made without it, ended as returned.
 * NULL when memory is short.
 */
struct attempt *claimed_attempt(
    const struct claimed_field row[CLAIMED_COLUMNS], size_t room,
    struct keys *keys);

#endif
