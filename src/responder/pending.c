/* pending.c - a request that waits for its commit, whatever it asks for. */
#include "responder/pending.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"

void
pending_append(struct pending_list *list, struct pending *p)
{
	p->next = NULL;
	p->previous = list->last;
	if (list->last != NULL)
		list->last->next = p;
	else
		list->first = p;
	list->last = p;
}

void
pending_prepend(struct pending_list *list, struct pending *p)
{
	p->previous = NULL;
	p->next = list->first;
	if (list->first != NULL)
		list->first->previous = p;
	else
		list->last = p;
	list->first = p;
}

void
pending_remove(struct pending_list *list, struct pending *p)
{
	if (p->previous != NULL)
		p->previous->next = p->next;
	else
		list->first = p->next;
	if (p->next != NULL)
		p->next->previous = p->previous;
	else
		list->last = p->previous;
}

void
pending_init(struct pending *p)
{
	p->stage = PENDING_DONE;
	pthread_mutex_init(&p->lock, NULL);
	clock_cond_init(&p->wake);
}

void
pending_destroy(struct pending *p)
{
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->wake);
}

void
pending_begin(struct pending *p, const unsigned char id[ID_BYTES],
    const unsigned char account[ID_BYTES])
{
	memcpy(p->id, id, ID_BYTES);
	memcpy(p->place.account, account, ID_BYTES);
	p->bytes = 0;
	p->once = false;
	p->stage = PENDING_WAITING;
	p->abandoned = false;
	p->sends = 0;
	p->busy_ms = 0;
	p->not_before = 0;
	p->woken = false;
	pending_reply(p, OUTCOME_SERVICE_UNAVAILABLE, false);
}

void
pending_reply(struct pending *p, enum outcome outcome, bool busy)
{
	p->outcome = outcome;
	p->busy = busy;
	p->stays = false;
	p->retry_after = 1;
}

bool
pending_reply_word(struct pending *p, const char *word, const char *seconds)
{
	enum outcome outcome;

	if (!outcome_from_word(word, &outcome))
		return false;
	pending_reply(p, outcome, strcmp(word, "busy") == 0);
	if (*seconds != '\0')
		p->retry_after = (unsigned)strtoul(seconds, NULL, 10);
	if (p->retry_after == 0)
		p->retry_after = 1;
	return true;
}

void
pending_wake(struct pending *p)
{
	pthread_mutex_lock(&p->lock);
	p->woken = true;
	pthread_mutex_unlock(&p->lock);
	pthread_cond_signal(&p->wake);
}

bool
pending_await(struct pending *p, const struct timespec *deadline)
{
	int error = 0;

	pthread_mutex_lock(&p->lock);
	while (!p->woken && error == 0)
		error = deadline == NULL
		    ? pthread_cond_wait(&p->wake, &p->lock)
		    : pthread_cond_timedwait(&p->wake, &p->lock, deadline);
	pthread_mutex_unlock(&p->lock);
	return error == 0;
}
