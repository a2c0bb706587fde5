/*
 * commit_kind.h - what a group commit writes: its statement, its limits, and
 * how what waits becomes a row of parameters and a row becomes its reply.
 */
#ifndef POSTERN_COMMIT_KIND_H
#define POSTERN_COMMIT_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/pgarray.h"
#include "responder/pending.h"

#define COMMIT_BATCH_MAX 128 /* requests of one statement */
#define COMMIT_PARAMETERS_MAX 10

struct pg_result;

enum tally_kind { TALLY_REGISTRATIONS, TALLY_MESSAGES, TALLY_KINDS };

struct commit_kind {
	const char *purpose;  /* for the log: "registrations" */
	const char *function; /* for the log: "postern.register" */
	const char *name;     /* of the prepared statement */
	const char *sql;      /* constant; a row for each request, in order */
	const enum pgarray_type *types; /* of its parameters, all arrays */
	size_t parameters;              /* at most COMMIT_PARAMETERS_MAX */
	int columns;
	size_t batch_max; /* requests, at most COMMIT_BATCH_MAX */
	size_t bytes_max; /* of pending.bytes, if more than one; 0: any */
	bool connects_ahead;
	enum tally_kind tally;
	size_t size; /* of what waits; a struct pending comes first in it */

	/* Append it to the parameters; row counts from 1. */
	void (*add)(struct pgarray *parameters, const struct pending *p,
	    int32_t row);
	/* Set its reply; false: the row is not as expected. */
	bool (*read)(const struct pg_result *rows, int row, struct pending *p);
	/* Must one wait while the other is in hand? NULL: never. */
	bool (*conflict)(const struct pending *a, const struct pending *b);
	/* It waits no longer, and nobody reads its reply; NULL: nothing. */
	void (*clear)(struct pending *p);
	/* Free what it has, when the queue is closed; zeroed is fine. */
	void (*destroy)(struct pending *p);
};

#endif
