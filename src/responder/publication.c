/* publication.c - a request to publish, and how it waits for its commit. */
#include "responder/publication.h"

#include <stdlib.h>
#include <string.h>

#include "responder/group_commit.h"

struct publication *
publication_new(void)
{
	return calloc(1, sizeof(struct publication));
}

void
publication_free(struct publication *p)
{
	if (p == NULL)
		return;
	if (p->body != NULL)
		explicit_bzero(p->body, p->length);
	free(p->body);
	explicit_bzero(p, sizeof *p);
	free(p);
}

void
publication_clear(struct pending *p)
{
	struct pending_publication *own = (struct pending_publication *)p;

	publication_free(own->publication);
	own->publication = NULL;
	free(own->reply.ids);
	own->reply.ids = NULL;
}

/* May it be sent again, though it may have been committed? */
static bool
is_idempotent(const struct publication *p)
{
	if (*p->key != '\0')
		return true;
	for (size_t i = 0; i < p->parsed.count; i++)
		if (p->parsed.messages[i].key.start == NULL)
			return false;
	return true;
}

void
publication_commit(struct group_commit *g, struct publication *p,
    struct publication_reply *reply)
{
	static const unsigned char no_id[ID_BYTES];
	struct pending *waiting = group_commit_borrow(g);
	struct pending_publication *own = (struct pending_publication *)waiting;

	*reply =
	    (struct publication_reply){ .outcome = OUTCOME_SERVICE_UNAVAILABLE,
		    .retry_after = 1 };
	if (waiting == NULL) {
		publication_free(p);
		return;
	}
	pending_begin(waiting, no_id, p->account.id);
	waiting->bytes = p->length;
	waiting->once = !is_idempotent(p);
	own->publication = p;
	own->reply = *reply;
	if (!group_commit_await(g, waiting))
		return;
	*reply = own->reply;
	own->reply.ids = NULL;
	reply->outcome = waiting->outcome;
	reply->retry_after = waiting->retry_after;
	publication_clear(waiting);
	group_commit_release(g, waiting);
}
