/* record_queue.c - attempts that have ended and wait to be recorded. */
#include "delivery/record_queue.h"

#include <stdlib.h>
#include <sys/queue.h>

#include "delivery/id_table.h"

struct account_ended {
	struct id_entry entry;
	TAILQ_ENTRY(account_ended) place;
	struct attempt *first, **end;
};

TAILQ_HEAD(ended_list, account_ended);

struct record_queue {
	struct id_table *accounts;
	struct ended_list fresh, old; /* accounts that had none come first */
	struct attempt *homeless;     /* memory was too short for their turn */
};

struct record_queue *
record_queue_open(void)
{
	struct record_queue *q = calloc(1, sizeof *q);

	if (q == NULL)
		return NULL;
	TAILQ_INIT(&q->fresh);
	TAILQ_INIT(&q->old);
	q->accounts = id_table_open(sizeof(struct account_ended));
	if (q->accounts != NULL)
		return q;
	free(q);
	return NULL;
}

static void
free_attempts(void *entry, void *arg)
{
	(void)arg;
	attempt_free_all(((struct account_ended *)entry)->first);
}

void
record_queue_close(struct record_queue *q)
{
	if (q == NULL)
		return;
	id_table_each(q->accounts, free_attempts, NULL);
	id_table_close(q->accounts);
	attempt_free_all(q->homeless);
	free(q);
}

static void
add_attempt(struct record_queue *q, struct attempt *a)
{
	struct account_ended *t = id_table_get(q->accounts, a->account);

	if (t == NULL) {
		a->next = q->homeless;
		q->homeless = a;
		return;
	}
	if (t->first == NULL) {
		t->end = &t->first;
		TAILQ_INSERT_TAIL(&q->fresh, t, place);
	}
	a->next = NULL;
	*t->end = a;
	t->end = &a->next;
}

void
record_queue_add(struct record_queue *q, struct attempt *first)
{
	struct attempt *next;

	for (; first != NULL; first = next) {
		next = first->next;
		add_attempt(q, first);
	}
}

/* The first of the account whose turn it is, which then goes to the end. */
static struct attempt *
take_turn(struct record_queue *q)
{
	struct ended_list *turns = TAILQ_EMPTY(&q->fresh) ? &q->old : &q->fresh;
	struct account_ended *t = TAILQ_FIRST(turns);
	struct attempt *a;

	if (t == NULL)
		return NULL;
	a = t->first;
	t->first = a->next;
	TAILQ_REMOVE(turns, t, place);
	if (t->first == NULL)
		id_table_remove(q->accounts, t);
	else
		TAILQ_INSERT_TAIL(&q->old, t, place);
	return a;
}

static struct attempt *
take_one(struct record_queue *q)
{
	struct attempt *a = q->homeless;

	if (a == NULL)
		return take_turn(q);
	q->homeless = a->next;
	return a;
}

struct attempt *
record_queue_take(struct record_queue *q, size_t count_max)
{
	struct attempt *first = NULL, **end = &first, *a;
	size_t dear = 0;

	for (size_t count = 0; count < count_max && dear < RECORD_QUEUE_DEAR;
	     count++) {
		a = take_one(q);
		if (a == NULL)
			break;
		dear += a->verdict->fate != FATE_SENT;
		a->next = NULL;
		*end = a;
		end = &a->next;
	}
	return first;
}
