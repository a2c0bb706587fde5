/*
 * pending.h - a registration that waits for its commit.
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
#include <stdint.h>
#include <time.h>

#include "common/compiler.h"
#include "responder/line.h"
#include "responder/register_db.h"

enum pending_stage {
	PENDING_WAITING, /* in the line */
	PENDING_TAKEN,   /* in the committer's batch */
	PENDING_DONE     /* reply is set */
};

struct pending {
	struct place place; /* in the line; must come first */
	struct pending *next, *previous;
	struct register_db_request request;
	struct sealed sealed;
	struct register_db_reply reply;
	uint64_t url_hash;
	enum pending_stage stage;
	bool abandoned;       /* its caller gave up */
	unsigned sends;       /* so often it was sent to the database */
	unsigned busy_ms;     /* so long it waited the last time it was busy */
	long long not_before; /* of clock_now_ms; 0: at once */
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

void pending_init(struct pending *p);
void pending_destroy(struct pending *p);

/* Copy the request; false when memory is short. */
MUST_CHECK bool pending_fill(struct pending *p,
    const struct register_db_request *request);

/*
 * Do both register the same canonical URL, for the same account as far as that
 * is known, or else with the same token?
 */
bool pending_same_url(const struct pending *a, const struct pending *b);

/* Wake the caller, who waits or will; once for each pending_fill. */
void pending_wake(struct pending *p);

/* Wait to be woken; false when the deadline passes. NULL: there is none. */
bool pending_await(struct pending *p, const struct timespec *deadline);

void pending_append(struct pending_list *list, struct pending *p);
void pending_prepend(struct pending_list *list, struct pending *p);
void pending_remove(struct pending_list *list, struct pending *p);

#endif
