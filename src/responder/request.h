/* request.h - headers, limits and body of one request; nothing about JSON. */
#ifndef POSTERN_REQUEST_H
#define POSTERN_REQUEST_H

#include "common/id.h"
#include "common/outcome.h"
#include "common/token.h"
#include "responder/json_check.h"
#include "responder/transport.h"

#define REQUEST_BODY_MAX 16384		/* bytes */

struct request {
	struct transport *transport;
	char id[ID_TEXT_MAX + 1];	/* errorId, X-Request-Id, the log's */
	const char *method;
	struct json_span path;		/* as sent: not decoded, no query */
	char body[REQUEST_BODY_MAX + 1];
	size_t body_length;
};

/* Begin: id, method and path of the request just accepted. */
void request_open(struct request *r, struct transport *t);

/* Wipe the body, of which some is somebody's secret. */
void request_clear(struct request *r);

/*
 * The hash of the bearer token (RFC 6750, 2.1). ADMITTED: it has the form of
 * one; UNAUTHORIZED: none, or of another scheme; INVALID_TOKEN: malformed.
 */
enum outcome request_token(const struct request *r,
    unsigned char hash[TOKEN_HASH_BYTES]);

/*
 * Check the media type, then read the body. ADMITTED, or
 * UNSUPPORTED_MEDIA_TYPE, BODY_TOO_LARGE, INVALID_JSON (it broke off).
 */
enum outcome request_read(struct request *r);

#endif
