/*
 * id_table.h - hash table from an id to what its user keeps of it.
 *
 * An entry is a struct of the user's that begins with a struct id_entry. It is
 * made when first asked for and kept until removed, and it does not move. The
 * table grows with them. One thread at a time.
 */
#ifndef POSTERN_ID_TABLE_H
#define POSTERN_ID_TABLE_H

#include <stddef.h>

#include "common/compiler.h"
#include "common/id.h"

struct id_entry {
	struct id_entry *next; /* the table's own */
	unsigned char id[ID_BYTES];
};

struct id_table;

/*
 * Of entries of so many bytes. NULL when memory is short. Pair with
 * id_table_close, which frees all entries; NULL is fine.
 */
MUST_CHECK struct id_table *id_table_open(size_t entry_bytes);
void id_table_close(struct id_table *t);

/* The id's entry; NULL: there is none. */
MUST_CHECK void *id_table_find(const struct id_table *t,
    const unsigned char id[ID_BYTES]);

/* So too, but it is made, with zeros, if there is none: NULL: no memory. */
MUST_CHECK void *id_table_get(struct id_table *t,
    const unsigned char id[ID_BYTES]);

/* Remove and free an entry, which must be of this table. */
void id_table_remove(struct id_table *t, void *entry);

/* How many there are. */
size_t id_table_count(const struct id_table *t);

/* Visit each entry; visit may remove the one that it is shown. */
void id_table_each(struct id_table *t, void (*visit)(void *entry, void *arg),
    void *arg);

#endif
