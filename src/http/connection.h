/*
 * connection.h - bytes to and from one peer, by TLS or plainly.
 *
 * Results are those of tls.h, plain or not. A plain connection that ended in
 * order is TLS_CLOSED, one that broke TLS_FAILED.
 */
#ifndef POSTERN_HTTP_CONNECTION_H
#define POSTERN_HTTP_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"
#include "http/dialer.h"
#include "http/loop.h"
#include "http/pool.h"
#include "http/tls.h"

struct exchange;
struct http_client;

struct connection {
	struct pooled pooled;
	struct http_client *client;
	struct exchange *exchange; /* that uses it; NULL: it is kept */
	struct loop_watch watch;
	struct tls *tls; /* NULL: plain */
	unsigned long long read_plain, written_plain;
	int error;           /* errno of the last failure; 0: none */
	unsigned generation; /* of the CA certificates that it trusts */
	unsigned char owner[OWNER_BYTES]; /* whose request was last */
	unsigned long long
	    idle_wire; /* connection_wire_read when it was kept */
	char peer[DIALER_PEER_MAX];
};

/*
 * Of a connected socket, which is its own from now on, and watched for input;
 * ready is called with the connection. NULL: something is short, errno says
 * what; the socket is closed.
 */
MUST_CHECK struct connection *connection_open(struct loop *l, int fd,
    void (*ready)(void *arg, uint32_t events));

/* Begin TLS. False: memory is short. */
MUST_CHECK bool connection_begin_tls(struct connection *c,
    struct tls_context *tls, const char *host, unsigned port);

/* It is in no pool, and its origin released. */
void connection_close(struct loop *l, struct connection *c);

MUST_CHECK enum tls_result connection_read(struct connection *c, void *to,
    size_t size, size_t *length);
MUST_CHECK enum tls_result connection_write(struct connection *c,
    const void *from, size_t size, size_t *length);

/* Are bytes inside that the socket does not tell of? */
bool connection_pending(const struct connection *c);

/* Has the peer sent what is not read yet? */
bool connection_unread(const struct connection *c);

/* Bytes of the socket so far, those of TLS too. */
unsigned long long connection_wire_read(const struct connection *c);
unsigned long long connection_wire_written(const struct connection *c);

/* Bytes written that the peer's kernel has not acknowledged. */
size_t connection_unacknowledged(const struct connection *c);

/* What failed, in words. */
void connection_why(const struct connection *c, char why[TLS_WHY_MAX]);

#endif
