/*
 * pending.h - a request that waits for the database, and its reply.
 *
 * A ticket is a copy of the request, so that its caller may leave before it
 * is done. Tickets live as long as their store, so that a caller can be
 * woken without the store's lock held. Lists are of one owner at a time;
 * whoever uses them holds the store's lock.
 */
#ifndef POSTERN_PENDING_H
#define POSTERN_PENDING_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "common/compiler.h"
#include "responder/register_db.h"

enum pending_stage {
	PENDING_WAITING, /* in the queue */
	PENDING_TAKEN,   /* in the committer's batch */
	PENDING_DONE     /* the reply is there */
};

struct pending {
	struct pending *next, *previous;
	struct register_db_request request;
	struct sealed sealed;
	struct register_db_reply reply;
	uint64_t url_hash;
	enum pending_stage stage;
	bool abandoned; /* nobody waits for it */
	unsigned sends;
	const char *events[REGISTER_DB_EVENTS_MAX];
	char *text; /* url, canonical, event names */
	size_t text_capacity;
	pthread_mutex_t lock; /* guards woken alone */
	pthread_cond_t wake;
	bool woken;
};

struct pending_list {
	struct pending *first, *last;
};

void pending_init(struct pending *t);
void pending_destroy(struct pending *t);

/* Copy the request into the ticket; false when memory is short. */
MUST_CHECK bool pending_fill(struct pending *t,
    const struct register_db_request *r);

/* Do both register the same canonical URL, with the same token? */
bool pending_same_url(const struct pending *a, const struct pending *b);

/* Wake who waits for it, or will; once for each pending_fill. */
void pending_wake(struct pending *t);

/* Wait to be woken; false when the deadline passes. NULL: there is none. */
bool pending_await(struct pending *t, const struct timespec *deadline);

/* An instant so many milliseconds from now, for conditions made by: */
struct timespec pending_deadline(unsigned ms);
void pending_cond_init(pthread_cond_t *cond);

void pending_append(struct pending_list *l, struct pending *t);
void pending_prepend(struct pending_list *l, struct pending *t);
void pending_remove(struct pending_list *l, struct pending *t);

#endif
