/*
 * mailbox.h - a queue of attempts from one thread to another.
 *
 * Its descriptor is readable while there are some inside.
 */
#ifndef POSTERN_MAILBOX_H
#define POSTERN_MAILBOX_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "delivery/attempt.h"

struct mailbox {
	pthread_mutex_t lock;
	struct attempt *first, **end;
	int fd; /* an eventfd */
};

/* False when descriptors are short. Pair with mailbox_clear, even so. */
MUST_CHECK bool mailbox_init(struct mailbox *m);

/* Free what is left inside. */
void mailbox_clear(struct mailbox *m);

/* Append linked attempts; the mailbox then owns them. NULL is fine. */
void mailbox_put(struct mailbox *m, struct attempt *first);

/* At most so many attempts, linked, which the caller owns; NULL: none. */
MUST_CHECK struct attempt *mailbox_take(struct mailbox *m, size_t count_max);

/* Make the descriptor readable though nothing is inside. */
void mailbox_ring(struct mailbox *m);

#endif
