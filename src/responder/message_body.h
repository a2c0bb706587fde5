/*
 * message_body.h - the body of POST /v1/messages: one message, or several.
 *
 * The data of each stays where it is, byte for byte. Pure; nothing is
 * allocated.
 */
#ifndef POSTERN_MESSAGE_BODY_H
#define POSTERN_MESSAGE_BODY_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "common/text.h"
#include "responder/outcome.h"

#define MESSAGES_MAX 100        /* of one request */
#define MESSAGE_BODY_MAX 262144 /* bytes */
#define MESSAGE_TYPE_MAX 128    /* bytes of an event type's name */
#define MESSAGE_ACCOUNT_MAX 64  /* bytes: a uuid in whatever form, or "*" */
#define MESSAGE_KEY_MAX 256     /* bytes of an idempotency key */
#define MESSAGE_PARAMETER_MAX 280

/* Texts in the body; {NULL, 0}: not given. */
struct message {
	struct text account, type, data, key;
};

struct message_body {
	bool flat; /* one message, without an array around it */
	size_t count;
	struct message messages[MESSAGES_MAX];
};

struct message_fault {
	const char *text; /* a sentence; NULL: the outcome's own */
	/* its name, such as messages[3].type; "": none */
	char parameter[MESSAGE_PARAMETER_MAX + 1];
	struct text value; /* as sent; or {NULL, 0} */
};

/*
 * Find the messages. NONE: *m has them, the strings without quotes and escapes,
 * in the body, which is changed for that between the data. Else INVALID_JSON,
 * INVALID_BODY or INVALID_PARAMETER: *fault says why, and the body is as it
 * was.
 */
MUST_CHECK enum outcome message_body_parse(struct message_body *m, char *body,
    size_t length, struct message_fault *fault);

#endif
