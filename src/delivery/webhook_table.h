/*
 * webhook_table.h - hash map from a webhook's id to its counters.
 *
 * It has an entry for each webhook with deliveries in hand, with those that
 * wait: made when first asked for, kept until removed. One thread at a time.
 */
#ifndef POSTERN_WEBHOOK_TABLE_H
#define POSTERN_WEBHOOK_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/id.h"
#include "delivery/concurrency_limit.h"

struct attempt;

struct webhook_entry {
	struct webhook_entry *next;
	unsigned char webhook[ID_BYTES];
	unsigned active;    /* in hand, as the user of the table counts */
	unsigned in_flight; /* of these */
	size_t bytes;       /* of bodies in hand, as the user counts */
	unsigned limit;     /* so many may be in flight; 0: not known */
	unsigned ceiling;   /* and never more */
	struct concurrency_limit learned;
	bool tripped;       /* its last answer was a hard failure */
	long long moved_ms; /* when one last began or ended */
	struct attempt *waiting, **waiting_end;
	unsigned waiting_count;
};

struct webhook_table;

/* NULL when memory is short. Pair with webhook_table_close; NULL is fine. */
struct webhook_table *webhook_table_open(void);
void webhook_table_close(struct webhook_table *t);

/* The webhook's entry, zeroed when new. NULL when memory is short. */
struct webhook_entry *webhook_table_get(struct webhook_table *t,
    const unsigned char webhook[ID_BYTES]);

/* Remove an entry, which must be of this table. */
void webhook_table_remove(struct webhook_table *t, struct webhook_entry *e);

/* Visit each entry that has at least so many active. */
void webhook_table_each(struct webhook_table *t, unsigned active,
    void (*visit)(struct webhook_entry *e, void *arg), void *arg);

#endif
