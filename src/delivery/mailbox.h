/*
 * mailbox.h - linked attempts from one thread to another, and a descriptor
 * that is readable when there are some.
 */
#ifndef POSTERN_MAILBOX_H
#define POSTERN_MAILBOX_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "delivery/attempt.h"

struct mailbox {
	pthread_mutex_t lock;
	struct attempt *first, **end;
	int fd; /* an eventfd */
};

/* False when descriptors are short. Pair with mailbox_clear. */
bool mailbox_init(struct mailbox *m);

/* Free what is left inside. */
void mailbox_clear(struct mailbox *m);

void mailbox_put(struct mailbox *m, struct attempt *first);

/* At most most attempts, linked; NULL: none. */
struct attempt *mailbox_take(struct mailbox *m, size_t most);

/* Make it readable without anything inside. */
void mailbox_ring(struct mailbox *m);

#endif
