/* pending.c - a request that waits for the database, and its reply. */
#include "responder/pending.h"

#include <stdlib.h>
#include <string.h>

void
pending_append(struct pending_list *l, struct pending *t)
{
	t->next = NULL;
	t->previous = l->last;
	if (l->last != NULL)
		l->last->next = t;
	else
		l->first = t;
	l->last = t;
}

void
pending_prepend(struct pending_list *l, struct pending *t)
{
	t->previous = NULL;
	t->next = l->first;
	if (l->first != NULL)
		l->first->previous = t;
	else
		l->last = t;
	l->first = t;
}

void
pending_remove(struct pending_list *l, struct pending *t)
{
	if (t->previous != NULL)
		t->previous->next = t->next;
	else
		l->first = t->next;
	if (t->next != NULL)
		t->next->previous = t->previous;
	else
		l->last = t->previous;
}

struct timespec
pending_deadline(unsigned ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += (long)(ms % 1000) * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_sec++;
		t.tv_nsec -= 1000000000;
	}
	return t;
}

void
pending_cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &attr);
	pthread_condattr_destroy(&attr);
}

void
pending_init(struct pending *t)
{
	*t = (struct pending){ .stage = PENDING_DONE };
	pthread_mutex_init(&t->lock, NULL);
	pending_cond_init(&t->wake);
}

void
pending_destroy(struct pending *t)
{
	pthread_mutex_destroy(&t->lock);
	pthread_cond_destroy(&t->wake);
	free(t->text);
}

static uint64_t
fnv1a(const char *text)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (; *text != '\0'; text++)
		h = (h ^ (unsigned char)*text) * 0x100000001b3u;
	return h;
}

static const char *
copy_text(char **to, const char *text)
{
	size_t size = strlen(text) + 1;
	char *at = memcpy(*to, text, size);

	*to += size;
	return at;
}

static size_t
text_size(const struct register_db_request *r)
{
	size_t size = strlen(r->url) + 1 + strlen(r->canonical) + 1;

	for (size_t i = 0; i < r->event_count; i++)
		size += strlen(r->events[i]) + 1;
	return size;
}

static bool
reserve_text(struct pending *t, size_t size)
{
	char *text;

	if (size <= t->text_capacity)
		return true;
	text = realloc(t->text, size);
	if (text == NULL)
		return false;
	t->text = text;
	t->text_capacity = size;
	return true;
}

bool
pending_fill(struct pending *t, const struct register_db_request *r)
{
	char *to;

	t->request = *r;
	t->stage = PENDING_WAITING;
	t->abandoned = false;
	t->woken = false;
	t->sends = 0;
	if (r->url == NULL)
		return true;
	if (!reserve_text(t, text_size(r)))
		return false;
	to = t->text;
	t->request.url = copy_text(&to, r->url);
	t->request.canonical = copy_text(&to, r->canonical);
	t->url_hash = fnv1a(r->canonical);
	t->sealed = *r->sealed;
	t->request.sealed = &t->sealed;
	t->request.events = t->events;
	for (size_t i = 0; i < r->event_count; i++)
		t->events[i] = copy_text(&to, r->events[i]);
	return true;
}

bool
pending_same_url(const struct pending *a, const struct pending *b)
{
	return a->url_hash == b->url_hash && a->request.url != NULL &&
	    b->request.url != NULL &&
	    memcmp(a->request.token_hash, b->request.token_hash,
		sizeof a->request.token_hash) == 0 &&
	    strcmp(a->request.canonical, b->request.canonical) == 0;
}

void
pending_wake(struct pending *t)
{
	pthread_mutex_lock(&t->lock);
	t->woken = true;
	pthread_mutex_unlock(&t->lock);
	pthread_cond_signal(&t->wake);
}

bool
pending_await(struct pending *t, const struct timespec *deadline)
{
	int error = 0;

	pthread_mutex_lock(&t->lock);
	while (!t->woken && error == 0)
		error = deadline == NULL ?
		    pthread_cond_wait(&t->wake, &t->lock) :
		    pthread_cond_timedwait(&t->wake, &t->lock, deadline);
	pthread_mutex_unlock(&t->lock);
	return error == 0;
}
