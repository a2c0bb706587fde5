/* pending.c - a registration that waits for its commit. */
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
	*p = (struct pending){ .stage = PENDING_DONE };
	pthread_mutex_init(&p->lock, NULL);
	clock_cond_init(&p->wake);
}

void
pending_destroy(struct pending *p)
{
	pthread_mutex_destroy(&p->lock);
	pthread_cond_destroy(&p->wake);
	free(p->text);
}

/* FNV-1a. */
static uint64_t
hash_text(const char *text)
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
text_size(const struct register_db_request *request)
{
	size_t size = strlen(request->url) + 1 + strlen(request->canonical) + 1;

	for (size_t i = 0; i < request->event_count; i++)
		size += strlen(request->events[i]) + 1;
	return size;
}

static bool
reserve_text(struct pending *p, size_t size)
{
	char *text;

	if (size <= p->text_capacity)
		return true;
	text = realloc(p->text, size);
	if (text == NULL)
		return false;
	p->text = text;
	p->text_capacity = size;
	return true;
}

bool
pending_fill(struct pending *p, const struct register_db_request *request)
{
	char *to;

	p->request = *request;
	p->stage = PENDING_WAITING;
	p->abandoned = false;
	p->woken = false;
	p->sends = 0;
	p->busy_ms = 0;
	p->not_before = 0;
	memcpy(p->place.account, request->account.id, ID_BYTES);
	if (request->url == NULL)
		return true;
	if (!reserve_text(p, text_size(request)))
		return false;
	to = p->text;
	p->request.url = copy_text(&to, request->url);
	p->request.canonical = copy_text(&to, request->canonical);
	p->url_hash = hash_text(request->canonical);
	p->sealed = *request->sealed;
	p->request.sealed = &p->sealed;
	p->request.events = p->events;
	for (size_t i = 0; i < request->event_count; i++)
		p->events[i] = copy_text(&to, request->events[i]);
	return true;
}

/* Unknown accounts are zeros; of these only the token says who it is. */
static bool
is_same_account(const struct pending *a, const struct pending *b)
{
	static const unsigned char unknown[ID_BYTES];

	if (memcmp(a->request.token_hash, b->request.token_hash,
		sizeof a->request.token_hash) == 0)
		return true;
	return memcmp(a->place.account, unknown, ID_BYTES) != 0 &&
	    memcmp(a->place.account, b->place.account, ID_BYTES) == 0;
}

bool
pending_same_url(const struct pending *a, const struct pending *b)
{
	return a->url_hash == b->url_hash && a->request.url != NULL &&
	    b->request.url != NULL && is_same_account(a, b) &&
	    strcmp(a->request.canonical, b->request.canonical) == 0;
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
