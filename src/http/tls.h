/*
 * tls.h - TLS for outgoing connections; the one door to OpenSSL.
 *
 * TLS 1.2 and 1.3 (RFC 5246, RFC 8446), ALPN http/1.1 (RFC 7301), the peer and
 * its name verified (RFC 6125), no renegotiation, no compression. One context
 * has one store of CA certificates, which is read once, and again by
 * tls_context_reload. Sessions are kept by host and port and resumed for an
 * hour after the certificate was verified, or until it expires; a ticket of
 * TLS 1.3 serves once. One thread at a time.
 */
#ifndef POSTERN_TLS_H
#define POSTERN_TLS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"

#define TLS_WHY_MAX 256

struct tls_context;
struct tls; /* the TLS of one connection */

enum tls_result {
	TLS_OK,
	TLS_WANT_READ,  /* not now: when the socket is readable */
	TLS_WANT_WRITE, /* not now: when it is writable */
	TLS_CLOSED,     /* the peer ended it with close_notify */
	TLS_CUT,        /* the connection ended without one; tls_why says how */
	TLS_FAILED,     /* tls_why says what happened */
};

/*
 * ca_file: PEM, NULL: the system's. sessions_max: how many are kept, the
 * oldest goes. NULL, and why, when the store cannot be read or is empty.
 */
MUST_CHECK struct tls_context *tls_context_open(const char *ca_file,
    size_t sessions_max, char why[TLS_WHY_MAX]);

/* After all of its connections. */
void tls_context_close(struct tls_context *c);

/*
 * Read the store again; connections that are open go on, all sessions are
 * forgotten. False, and why: the old store and the sessions stay.
 */
MUST_CHECK bool tls_context_reload(struct tls_context *c,
    char why[TLS_WHY_MAX]);

/*
 * Client's TLS on a connected, non-blocking socket, which stays the caller's
 * and should have TCP_NODELAY. host: a name, or an address as it stands in a
 * URL without brackets; it is verified against the certificate, and sent as SNI
 * if it is a name. NULL: memory is short.
 */
MUST_CHECK struct tls *tls_open(struct tls_context *c, int fd, const char *host,
    unsigned port);

/* Sends close_notify if it can at once. NULL is fine. */
void tls_close(struct tls *t);

/* Once it is TLS_OK, tls_pending may say that the peer has already spoken. */
MUST_CHECK enum tls_result tls_handshake(struct tls *t);

/*
 * Read what is there, at most size bytes; *length is set with TLS_OK, which is
 * more than 0. A call takes a few KiB at most from the socket, whatever they
 * hold, so that no peer can keep it busy. TLS_WANT_READ may therefore mean that
 * more is waiting in the socket (level-triggered epoll tells), but nothing that
 * could be read is left inside. After TLS_OK it may be, and tls_pending says
 * so: nobody else will.
 */
MUST_CHECK enum tls_result tls_read(struct tls *t, void *to, size_t size,
    size_t *length);
bool tls_pending(const struct tls *t);

/*
 * Write some or all, one TLS record at most; *length is set with TLS_OK. After
 * TLS_WANT_* call again with the same bytes, wherever they are now. After
 * TLS_CUT, tls_read may still have an alert in which the peer says why.
 */
MUST_CHECK enum tls_result tls_write(struct tls *t, const void *from,
    size_t size, size_t *length);

/* Bytes on the wire since tls_open, handshake and all. */
unsigned long long tls_wire_read(const struct tls *t);
unsigned long long tls_wire_written(const struct tls *t);

const char *tls_version(const struct tls *t); /* "TLSv1.3" */
bool tls_resumed(const struct tls *t);

/* What failed, in words of printable ASCII for whoever runs the receiver. */
void tls_why(const struct tls *t, char why[TLS_WHY_MAX]);

#endif
