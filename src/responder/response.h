/*
 * response.h - from an outcome to status, headers and body: the one place that
 * knows HTTP's codes.
 */
#ifndef POSTERN_RESPONSE_H
#define POSTERN_RESPONSE_H

#include <stddef.h>

#include "common/id.h"
#include "responder/outcome.h"
#include "common/secret.h"
#include "responder/json_check.h"
#include "responder/router.h"

#define RESPONSE_ECHO_MAX 256  /* bytes of input that an error repeats */
#define RESPONSE_LINK_MAX 1024 /* bytes of a Link's address */
#define RESPONSE_TEXT_MAX 400  /* bytes of a sentence that is kept */
#define RESPONSE_MAX 5120      /* bytes without body */

/* Who may cache a response. */
enum cache {
	CACHE_NOBODY,
	CACHE_CLIENT, /* who revalidates it by its ETag */
	CACHE_ANYBODY /* for five minutes */
};

/* Zeroed but for the outcome, it is the outcome's usual response. */
struct response {
	enum outcome outcome;
	bool head_only;   /* to HEAD: the body is left out, not its length */
	const char *text; /* a sentence; NULL: the outcome's own */
	char said[RESPONSE_TEXT_MAX + 1];      /* may hold it */
	char parameter[RESPONSE_ECHO_MAX + 1]; /* its name; "": none */
	char value[RESPONSE_ECHO_MAX + 1];     /* its JSON text; "": none */
	unsigned retry_after;                  /* seconds, of 429 and 503 */
	char allow[ROUTE_ALLOW_MAX];           /* of METHOD_NOT_ALLOWED */
	const char *scope;                     /* of INSUFFICIENT_SCOPE */
	enum cache cache;
	const char *etag;                 /* without quotes; NULL: none */
	char link[RESPONSE_LINK_MAX + 1]; /* of the next page; "": none */
	const char *body;       /* of OK, ACCEPTED, CREATED, NOT_READY: JSON */
	const char *media_type; /* or of this type; NULL: JSON */
	char *owned;            /* freed when it has been sent, or NULL */
	struct pg_result *row;  /* holds text, etag and body, or NULL */
	unsigned char registration_id[ID_BYTES]; /* of REGISTERED */
	char webhook[ID_UUID_LENGTH + 1];        /* of REGISTERED, CREATED */
	unsigned char secret[SECRET_BYTES];      /* of these, and ROTATED */
};

/* Set its text to a copy of this, cut at RESPONSE_TEXT_MAX; NULL: none. */
void response_say(struct response *r, const char *text);

/* Name the parameter at fault and its value; what is too long is left out. */
void response_set_parameter(struct response *r, const char *name,
    struct text value);

/* The same; the value is plain UTF-8 and is written as a JSON string. */
void response_set_parameter_text(struct response *r, const char *name,
    const char *value);

/* The code of an outcome, such as "invalid_token". */
const char *response_code(enum outcome outcome);

/* Its HTTP status. */
int response_status(enum outcome outcome);

/*
 * Write the response as CGI has it (RFC 3875, 6) into text; its length. What
 * response_body returns is sent behind it, and then a newline. The caller
 * wipes text: it may hold the secret.
 */
size_t response_write(const struct response *r, const char *request_id,
    char text[RESPONSE_MAX]);

/* What is to be sent behind text, or NULL: it has it all. */
const char *response_body(const struct response *r);

#endif
