/*
 * ticket.h - a request that waits for the database, and its reply.
 *
 * A ticket is a copy of the request, so that its caller may leave before it
 * is done. Tickets live as long as their store, so that a caller can be
 * woken without the store's lock held. Lists are of one owner at a time;
 * whoever uses them holds the store's lock.
 */
#ifndef POSTERN_TICKET_H
#define POSTERN_TICKET_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "common/database.h"

enum ticket_stage {
	TICKET_WAITING,		/* in the queue */
	TICKET_TAKEN,		/* in the committer's batch */
	TICKET_DONE		/* the reply is there */
};

struct ticket {
	struct ticket *next, *previous;
	struct database_request request;
	struct sealed sealed;
	struct database_reply reply;
	uint64_t url_hash;
	enum ticket_stage stage;
	bool abandoned;		/* nobody waits for it */
	unsigned sends;
	const char *events[DATABASE_EVENTS_MAX];
	char *text;		/* url, canonical, event names */
	size_t text_capacity;
	pthread_mutex_t lock;	/* guards woken alone */
	pthread_cond_t wake;
	bool woken;
};

struct ticket_list {
	struct ticket *first, *last;
};

void ticket_init(struct ticket *t);
void ticket_destroy(struct ticket *t);

/* Copy the request into the ticket; false when memory is short. */
bool ticket_fill(struct ticket *t, const struct database_request *r);

/* Do both register the same canonical URL, with the same token? */
bool ticket_same_url(const struct ticket *a, const struct ticket *b);

/* Wake who waits for it, or will; once for each ticket_fill. */
void ticket_wake(struct ticket *t);

/* Wait to be woken; false when the deadline passes. NULL: there is none. */
bool ticket_await(struct ticket *t, const struct timespec *deadline);

/* An instant so many milliseconds from now, for conditions made by: */
struct timespec ticket_deadline(unsigned ms);
void ticket_cond_init(pthread_cond_t *cond);

void ticket_append(struct ticket_list *l, struct ticket *t);
void ticket_prepend(struct ticket_list *l, struct ticket *t);
void ticket_remove(struct ticket_list *l, struct ticket *t);

#endif
