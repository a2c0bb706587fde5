/*
 * pending.h - a request that waits for its commit, whatever it asks for.
 *
 * It has a copy of the request, so that the caller may give up and return
 * before it is written. It lives as long as the queue, so that the caller can
 * be woken without the queue's lock held. It is in one list or in the line;
 * who uses these holds the queue's lock.
 */
#ifndef POSTERN_PENDING_H
#define POSTERN_PENDING_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "common/compiler.h"
#include "responder/line.h"
#include "responder/outcome.h"

enum pending_stage {
	PENDING_WAITING, /* in the line */
	PENDING_TAKEN,   /* in the committer's batch */
	PENDING_DONE     /* the reply is set */
};

/* The first member of what waits. */
struct pending {
	struct place place; /* in the line; must come first */
	struct pending *next, *previous;
	unsigned char id[ID_BYTES];
	size_t bytes; /* that count for a batch */
	bool once;    /* not sent again once it may have been committed */
	enum pending_stage stage;
	bool abandoned;       /* its caller gave up */
	unsigned sends;       /* so often it was sent to the database */
	unsigned busy_ms;     /* so long it waited the last time it was busy */
	long long not_before; /* of clock_now_ms; 0: at once */

	/* The reply: the committer's until the stage is DONE. */
	enum outcome outcome;
	bool busy;            /* nothing was done; send it again soon */
	bool stays;           /* in the queue until its response has left */
	unsigned retry_after; /* seconds, of a 503; at least 1 */

	pthread_mutex_t lock; /* guards woken alone */
	pthread_cond_t wake;
	bool woken;
};

struct pending_list {
	struct pending *first, *last;
};

/* Zeroed but for what it embeds. */
void pending_init(struct pending *p);
void pending_destroy(struct pending *p);

/* It waits from now on, for this account. */
void pending_begin(struct pending *p, const unsigned char id[ID_BYTES],
    const unsigned char account[ID_BYTES]);

/* A reply that has nothing but an outcome. */
void pending_reply(struct pending *p, enum outcome outcome, bool busy);

/*
 * A reply as the database has it: the word for its outcome, "busy" if nothing
 * was done, and in how many seconds to come again, "" if that is not said.
 * False: there is no such word.
 */
MUST_CHECK bool pending_reply_word(struct pending *p, const char *word,
    const char *seconds);

/* Wake the caller, who waits or will; once for each pending_begin. */
void pending_wake(struct pending *p);

/* Wait to be woken; false when the deadline passes. NULL: there is none. */
bool pending_await(struct pending *p, const struct timespec *deadline);

void pending_append(struct pending_list *list, struct pending *p);
void pending_prepend(struct pending_list *list, struct pending *p);
void pending_remove(struct pending_list *list, struct pending *p);

#endif
