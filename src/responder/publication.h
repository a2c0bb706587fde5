/* publication.h - a request to publish, and how it waits for its commit. */
#ifndef POSTERN_PUBLICATION_H
#define POSTERN_PUBLICATION_H

#include <stddef.h>

#include "common/compiler.h"
#include "common/traceparent.h"
#include "responder/account.h"
#include "responder/credential.h"
#include "responder/idempotency_key.h"
#include "responder/message_body.h"
#include "responder/pending.h"
#include "responder/response.h"

#define PUBLICATION_HASH_BYTES 32 /* SHA-256 */

/* Messages that go together, or only the question whether its token may. */
struct publication {
	unsigned char token_hash[CREDENTIAL_HASH_BYTES];
	struct account account; /* that it counts for, as the responder knows */
	char key[IDEMPOTENCY_KEY_MAX + 1];          /* "": none */
	char trace[TRACEPARENT_LENGTH + 1];         /* "": none */
	unsigned char hash[PUBLICATION_HASH_BYTES]; /* of the body as sent */
	char *body;                                 /* owned */
	size_t length;
	struct message_body parsed; /* in the body; no message: only admit */
};

struct publication_reply {
	enum outcome outcome;
	unsigned retry_after;                  /* seconds, of a 503 */
	char *ids;                             /* of ACCEPTED: JSON; owned */
	char parameter[RESPONSE_ECHO_MAX + 1]; /* at fault; "": none */
	char value[RESPONSE_ECHO_MAX + 1];     /* its text; "": none */
	char sentence[RESPONSE_TEXT_MAX + 1];  /* "": the outcome's own */
};

/* What waits: a struct pending of publish_db_kind. */
struct pending_publication {
	struct pending pending;          /* must come first */
	struct publication *publication; /* owned */
	struct publication_reply reply;
};

/* Zeroed; NULL when memory is short. */
MUST_CHECK struct publication *publication_new(void);

/* Wipe it and free it; NULL is fine. */
void publication_free(struct publication *p);

struct group_commit;

/*
 * Have it written by a group commit of publish_db_kind, which frees it. If its
 * COMMIT is lost it is sent again only when its keys make that idempotent.
 */
void publication_commit(struct group_commit *g, struct publication *p,
    struct publication_reply *reply);

/* Of the kind. */
void publication_clear(struct pending *p);

#endif
