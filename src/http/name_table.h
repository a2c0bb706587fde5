/*
 * name_table.h - hash table from a name to what is known of it.
 *
 * Strangers choose the names, so the hash has a key of its own. Beyond a
 * number of names one goes that is not in use: of the owner who has asked for
 * most, the one not asked for the longest (holdings.h).
 */
#ifndef POSTERN_HTTP_NAME_TABLE_H
#define POSTERN_HTTP_NAME_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "http/holdings.h"
#include "http/name_answer.h"

struct name_entry {
	struct name_entry *next; /* in its bucket */
	struct holding holding;  /* by who asked last */
	void *user;              /* not NULL: in use, and does not go */
	long long until_ms;      /* what follows is known until then */
	enum resolver_result result;
	const char *why;
	size_t count;
	struct resolver_address *addresses;
	char name[];
};

struct name_table;

/* NULL when memory is short. Pair with name_table_close; NULL is fine. */
MUST_CHECK struct name_table *name_table_open(size_t names_max);
void name_table_close(struct name_table *t);

/* The name's entry, or NULL. */
struct name_entry *name_table_find(struct name_table *t, const char *name);

/*
 * The name's entry, zeroed when new, which this owner asks for. NULL when
 * memory is short.
 */
struct name_entry *name_table_get(struct name_table *t, const char *name,
    const unsigned char owner[OWNER_BYTES]);

/* What is known, but for its time to live. */
void name_entry_read(const struct name_entry *e, struct name_answer *a);

/* Set what is known, but for until_ms. False when memory is short. */
MUST_CHECK bool name_entry_set(struct name_entry *e,
    const struct name_answer *a);

/* Nothing is known of any name any more. */
void name_table_forget(struct name_table *t);

size_t name_table_count(const struct name_table *t);

#endif
