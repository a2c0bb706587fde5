/*
 * owner.h - those for whom the work is done, in a table by their ids.
 *
 * What is scarce is shared among owners, whoever they are: 16 bytes of the
 * caller's. One is in a table only as long as the table's room wants it.
 */
#ifndef POSTERN_HTTP_OWNER_H
#define POSTERN_HTTP_OWNER_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "http/keyed_hash.h"

#define OWNER_BYTES 16

/* Embedded by the room, first, in what it knows of one. */
struct owner {
	struct owner *next; /* in its bucket */
	unsigned char id[OWNER_BYTES];
};

struct owner_table {
	struct keyed_hash hash;
	struct owner **buckets;
	size_t bucket_count, count;
};

/* False: memory is short. Pair with owner_table_clear. */
MUST_CHECK bool owner_table_init(struct owner_table *t);

/* All have been removed; zeroed is fine. */
void owner_table_clear(struct owner_table *t);

/* NULL: it is not there. */
struct owner *owner_table_find(const struct owner_table *t,
    const unsigned char id[OWNER_BYTES]);

/* One that is not there, and whose id is set. */
void owner_table_add(struct owner_table *t, struct owner *o);
void owner_table_remove(struct owner_table *t, struct owner *o);

#endif
