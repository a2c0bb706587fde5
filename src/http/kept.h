/*
 * kept.h - connections between two exchanges: kept, watched, looked at.
 *
 * Nothing unread is an answer: whatever comes while nobody has asked ends the
 * connection, and is not forgotten.
 */
#ifndef POSTERN_HTTP_KEPT_H
#define POSTERN_HTTP_KEPT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/compiler.h"
#include "http/client_shared.h"
#include "http/connection.h"

MUST_CHECK bool kept_open(struct http_client *h);
void kept_close(struct http_client *h);

/* A connection to the origin on which all is quiet, the caller's; NULL: none */
struct connection *kept_take(struct http_client *h, struct origin *o);

/* After a whole answer: keep it, or close it if it cannot be used again. */
void kept_put(struct http_client *h, struct connection *c);

/* Close it for good; its origin is released. */
void kept_drop(struct http_client *h, struct connection *c);

/* One that nobody uses is readable, or has ended. */
void kept_ready(struct connection *c);

/* The CA certificates are others now: use none again that trusts the old. */
void kept_forget(struct http_client *h);

#endif
