/*
 * exchange.h - one request and its answer, from the first look-up to the end.
 *
 * A connection that was kept is used if there is one, else a new one. The
 * answer is believed only if the peer can have seen the request.
 */
#ifndef POSTERN_HTTP_EXCHANGE_H
#define POSTERN_HTTP_EXCHANGE_H

#include <stdbool.h>

#include "common/compiler.h"
#include "http/client_shared.h"

/* False: memory is short. ended is called later, not from here. */
MUST_CHECK bool exchange_start(struct http_client *h, struct http_exchange *x);

/* End all that are in flight, without a call of ended. */
void exchange_drop_all(struct http_client *h);

#endif
