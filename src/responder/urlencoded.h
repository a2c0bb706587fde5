/*
 * urlencoded.h - parser of application/x-www-form-urlencoded.
 *
 * As queries and the bodies of OAuth have it. Strict: each percent with two
 * hex digits, everything else printable ASCII, a plus is a blank; what comes
 * out is UTF-8 without U+0000; no value without a name. What is empty between
 * ampersands is skipped.
 * Pure; nothing is allocated.
 */
#ifndef POSTERN_URLENCODED_H
#define POSTERN_URLENCODED_H

#include <stddef.h>

#include "common/compiler.h"

#define URLENCODED_FIELDS_MAX 32

struct urlencoded {
	struct urlencoded_field {
		const char *name, *value; /* decoded; they lie in buffer */
	} fields[URLENCODED_FIELDS_MAX];
	size_t count;
};

enum urlencoded_result {
	URLENCODED_OK,
	URLENCODED_MALFORMED,
	URLENCODED_REPEATED /* the last of the fields names what may not be */
};

/*
 * Take a text apart; an empty one has no fields, and a name without "=" has
 * the value "". The names in single, which ends in NULL, may come once only;
 * of others the first stays. NULL: all come once. buffer holds the names and
 * values: length + 1 bytes. After MALFORMED the fields are those before the
 * fault. The caller wipes buffer if a value is secret.
 */
MUST_CHECK enum urlencoded_result urlencoded_parse(struct urlencoded *form,
    const char *text, size_t length, const char *const *single, char *buffer);

/*
 * A text by itself, decoded into buffer as above, with a NUL; NULL when it is
 * malformed.
 */
MUST_CHECK const char *urlencoded_decode(const char *text, size_t length,
    char *buffer);

/*
 * The value of a name, or NULL: left out, or empty, which OAuth takes for left
 * out (RFC 6749, 3.2).
 */
const char *urlencoded_nonempty(const struct urlencoded *form,
    const char *name);

/* The value of a name, or NULL when the form does not have it. */
const char *urlencoded_value(const struct urlencoded *form, const char *name);

#endif
