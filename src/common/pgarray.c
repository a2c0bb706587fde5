/* pgarray.c - one-dimensional arrays in PostgreSQL's binary format. */
#include "common/pgarray.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#define HEADER 20       /* dimensions, nulls, type, size, lower bound */
#define HEADER_EMPTY 12 /* an array of no element has no dimension */
#define FIRST_CAPACITY 4096

static char *
grow_bytes(struct pgarray *a, size_t more)
{
	size_t start = a->length == 0 ? HEADER : a->length;
	size_t need = start + more, capacity = a->capacity;
	char *bytes;

	if (capacity == 0)
		capacity = FIRST_CAPACITY;
	while (capacity < need)
		capacity *= 2;
	if (capacity > a->capacity) {
		bytes = realloc(a->bytes, capacity);
		if (bytes == NULL) {
			a->broken = true;
			return NULL;
		}
		a->bytes = bytes;
		a->capacity = capacity;
	}
	a->length = need;
	return a->bytes + start;
}

static void
put_int32(char *at, uint32_t value)
{
	value = htonl(value);
	memcpy(at, &value, sizeof value);
}

void
pgarray_add(struct pgarray *a, const void *element, size_t length)
{
	char *at = grow_bytes(a, sizeof(uint32_t) + length);

	if (at == NULL)
		return;
	put_int32(at, (uint32_t)length);
	memcpy(at + sizeof(uint32_t), element, length);
	a->count++;
}

void
pgarray_add_int4(struct pgarray *a, int32_t element)
{
	char bytes[sizeof(uint32_t)];

	put_int32(bytes, (uint32_t)element);
	pgarray_add(a, bytes, sizeof bytes);
}

void
pgarray_add_int8(struct pgarray *a, int64_t element)
{
	char bytes[2 * sizeof(uint32_t)];

	put_int32(bytes, (uint32_t)((uint64_t)element >> 32));
	put_int32(bytes + sizeof(uint32_t), (uint32_t)element);
	pgarray_add(a, bytes, sizeof bytes);
}

void
pgarray_add_null(struct pgarray *a)
{
	char *at = grow_bytes(a, sizeof(uint32_t));

	if (at == NULL)
		return;
	put_int32(at, UINT32_MAX);
	a->has_null = true;
	a->count++;
}

bool
pgarray_end(struct pgarray *a, enum pgarray_type type)
{
	if (a->count == 0) {
		if (grow_bytes(a, 0) == NULL)
			return false;
		a->length = HEADER_EMPTY;
	}
	if (a->broken)
		return false;
	put_int32(a->bytes, a->count > 0 ? 1 : 0);
	put_int32(a->bytes + 4, a->has_null ? 1 : 0);
	put_int32(a->bytes + 8, (uint32_t)type);
	if (a->count > 0) {
		put_int32(a->bytes + 12, a->count);
		put_int32(a->bytes + 16, 1);
	}
	return true;
}

bool
pgarray_parameter(struct pgarray *a, enum pgarray_type type, const char **value,
    int *length)
{
	if (!pgarray_end(a, type))
		return false;
	*value = a->bytes;
	*length = (int)a->length;
	return true;
}

void
pgarray_reset(struct pgarray *a)
{
	a->length = 0;
	a->count = 0;
	a->has_null = false;
	a->broken = false;
}

void
pgarray_clear(struct pgarray *a)
{
	free(a->bytes);
	*a = (struct pgarray){ 0 };
}
