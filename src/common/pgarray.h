/*
 * pgarray.h - one-dimensional arrays in PostgreSQL's binary format.
 *
 * Needs no libpq: it only lays out bytes, as array_recv reads them. A zeroed
 * struct is an empty array; pgarray_clear frees, and accepts zeroed input.
 * Out of memory makes the array broken, which pgarray_end reports.
 */
#ifndef POSTERN_PGARRAY_H
#define POSTERN_PGARRAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"

/* Object identifiers of element types, fixed since PostgreSQL 8. */
enum pgarray_type {
	PGARRAY_BYTEA = 17,
	PGARRAY_INT8 = 20,
	PGARRAY_INT4 = 23,
	PGARRAY_TEXT = 25,
	PGARRAY_TIMESTAMPTZ = 1184,
	PGARRAY_UUID = 2950
};

struct pgarray {
	char *bytes;
	size_t length, capacity;
	uint32_t count;
	bool has_null, broken;
};

void pgarray_add(struct pgarray *a, const void *element, size_t length);
void pgarray_add_int4(struct pgarray *a, int32_t element);
void pgarray_add_int8(struct pgarray *a, int64_t element);
void pgarray_add_null(struct pgarray *a);

/*
 * Finish: bytes and length are then the parameter's value. False when
 * memory was short at any time since the array began.
 */
MUST_CHECK bool pgarray_end(struct pgarray *a, enum pgarray_type type);

/* Finish, and say what the parameter is: its value, and how long that is. */
MUST_CHECK bool pgarray_parameter(struct pgarray *a, enum pgarray_type type,
    const char **value, int *length);

/* Begin anew, keeping the memory. */
void pgarray_reset(struct pgarray *a);
void pgarray_clear(struct pgarray *a);

#endif
