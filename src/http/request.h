/*
 * request.h - the bytes of a request, from any place in them.
 *
 * Pure. RFC 9112, section 3: the target in origin-form; RFC 9110, 7.2 (Host).
 */
#ifndef POSTERN_HTTP_REQUEST_H
#define POSTERN_HTTP_REQUEST_H

#include <stddef.h>

#include "common/text.h"
#include "http/client.h"
#include "http/url.h"

#define REQUEST_PARTS_MAX 13

/* Points into what it was made from. */
struct request {
	struct text parts[REQUEST_PARTS_MAX];
	size_t count;
	size_t length;   /* of all */
	char number[24]; /* Content-Length */
};

/* Must not be moved afterwards. */
void request_init(struct request *r, const struct http_exchange *x,
    const struct url *url, const char *user_agent);

/*
 * The bytes from this offset, which is less than the length: at most size of
 * them, put together in the buffer or where they are already.
 */
struct text request_bytes(const struct request *r, size_t offset, char *buffer,
    size_t size);

#endif
