/* registration.c - a registration that waits for its commit. */
#include "responder/registration.h"

#include <stdlib.h>
#include <string.h>

#include "responder/group_commit.h"

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
reserve_text(struct registration *p, size_t size)
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
registration_fill(struct registration *p,
    const struct register_db_request *request)
{
	char *to;

	pending_begin(&p->pending, request->id, request->account.id);
	p->request = *request;
	p->reply = (struct register_db_reply){ .retry_after = 1 };
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
is_same_account(const struct registration *a, const struct registration *b)
{
	static const unsigned char unknown[ID_BYTES];

	if (memcmp(a->request.token_hash, b->request.token_hash,
		sizeof a->request.token_hash) == 0)
		return true;
	return memcmp(a->pending.place.account, unknown, ID_BYTES) != 0 &&
	    memcmp(a->pending.place.account, b->pending.place.account,
		ID_BYTES) == 0;
}

bool
registration_same_url(const struct pending *x, const struct pending *y)
{
	const struct registration *a = (const struct registration *)x;
	const struct registration *b = (const struct registration *)y;

	return a->url_hash == b->url_hash && a->request.url != NULL &&
	    b->request.url != NULL && is_same_account(a, b) &&
	    strcmp(a->request.canonical, b->request.canonical) == 0;
}

void
registration_destroy(struct pending *p)
{
	struct registration *r = (struct registration *)p;

	free(r->text);
	r->text = NULL;
	r->text_capacity = 0;
}

void
registration_commit(struct group_commit *g,
    const struct register_db_request *request, struct register_db_reply *reply)
{
	struct pending *p = group_commit_borrow(g);
	struct registration *r = (struct registration *)p;

	*reply =
	    (struct register_db_reply){ .outcome = OUTCOME_SERVICE_UNAVAILABLE,
		    .retry_after = 1 };
	if (p == NULL)
		return;
	if (!registration_fill(r, request)) {
		group_commit_release(g, p);
		return;
	}
	if (!group_commit_await(g, p))
		return;
	*reply = r->reply;
	reply->outcome = p->outcome;
	reply->retry_after = p->retry_after;
	/* else group_commit_response_sent releases it */
	if (!p->stays)
		group_commit_release(g, p);
}
