/* request.h - one HTTP request: path, headers, credentials, bounded body. */
#ifndef POSTERN_REQUEST_H
#define POSTERN_REQUEST_H

#include "common/compiler.h"
#include "common/id.h"
#include "common/traceparent.h"
#include "responder/admission.h"
#include "responder/outcome.h"
#include "responder/credential.h"
#include "responder/json_check.h"
#include "responder/router.h"
#include "responder/transport.h"

#define REQUEST_BODY_MAX 16384 /* bytes */
#define REQUEST_QUERY_MAX 8704 /* bytes */

struct request {
	struct transport *transport;
	char id[ID_TEXT_MAX + 1]; /* in errorId, X-Request-Id and the log */
	const char *method;
	struct text path;               /* as sent: not decoded, no query */
	const char *query;              /* as sent, behind the "?"; "": none */
	const struct route *route;      /* set before a handler is called */
	struct text ids[ROUTE_IDS_MAX]; /* of the path */
	struct visit visit;             /* set by the handler */
	char body[REQUEST_BODY_MAX + 1];
	size_t body_length;
};

/* Read id, method, path and query of the request just accepted. */
void request_open(struct request *request, struct transport *t);

/* A header's value, by its name in CGI ("HTTP_IF_MATCH"); "": none. */
const char *request_header(const struct request *request, const char *name);

/* The trace that it says it is part of; false: none, and *trace is zeroed. */
bool request_trace(const struct request *request, struct traceparent *trace);

/* Wipe the body, of which some is somebody's secret. */
void request_clear(struct request *request);

/*
 * The hash of the bearer credential (RFC 6750, 2.1). NONE: hash is set;
 * UNAUTHORIZED: none, or of another scheme; INVALID_TOKEN: malformed.
 */
MUST_CHECK enum outcome request_token(const struct request *request,
    unsigned char hash[CREDENTIAL_HASH_BYTES]);

/* Does it come without a body, and without saying that there is one? */
bool request_is_bare(const struct request *request);

/*
 * Check the media type, then read the body. NONE, or
 * UNSUPPORTED_MEDIA_TYPE, BODY_TOO_LARGE, INVALID_JSON (cut short).
 */
MUST_CHECK enum outcome request_read(struct request *request);

/*
 * The same, of up to max bytes, into memory of its own, which is the caller's
 * to wipe and free even when the outcome is a fault. SERVICE_UNAVAILABLE when
 * memory is short.
 */
MUST_CHECK enum outcome request_read_large(const struct request *request,
    size_t max, char **body, size_t *length);

/* The same for a form. NONE, NOT_A_FORM, BODY_TOO_LARGE, INVALID_REQUEST. */
MUST_CHECK enum outcome request_read_form(struct request *request);

#endif
