/*
 * reply.h - an outcome to status, headers and body; the only place that
 * knows HTTP's codes.
 */
#ifndef POSTERN_REPLY_H
#define POSTERN_REPLY_H

#include "common/id.h"
#include "common/outcome.h"
#include "common/secret.h"
#include "responder/json_check.h"

#define REPLY_ECHO_MAX 256	/* bytes of input that an error repeats */
#define REPLY_MAX 4096		/* bytes of a whole reply */

/* What a request ends in. Zeroed but for the outcome: the usual words. */
struct answer {
	enum outcome outcome;
	const char *text;		/* a sentence; NULL: the usual one */
	char parameter[REPLY_ECHO_MAX + 1];	/* its name; "": none */
	char value[REPLY_ECHO_MAX + 1];	/* its JSON text; "": none */
	unsigned retry_after;		/* seconds, of a 503 */
	const char *allow;		/* of METHOD_NOT_ALLOWED */
	unsigned char registration_id[ID_BYTES];	/* of REGISTERED */
	unsigned char secret[SECRET_BYTES];	/* of REGISTERED */
};

/* Name the parameter at fault and its value; what is too long is left out. */
void answer_parameter(struct answer *a, const char *name,
    struct json_span value);

/* The same for a value that is plain UTF-8, to be written as a string. */
void answer_string(struct answer *a, const char *name, const char *value);

/* The code of an outcome, such as "invalid_token". */
const char *reply_code(enum outcome outcome);

/* Its HTTP status. */
int reply_status(enum outcome outcome);

/*
 * Write head and body, as CGI has them (RFC 3875, 6), into text; its length.
 * The caller wipes text: it may hold the secret.
 */
size_t reply_write(const struct answer *a, const char *request_id,
    char text[REPLY_MAX]);

#endif
