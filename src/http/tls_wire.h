/*
 * tls_wire.h - the socket under TLS: counted both ways, bounded each turn.
 *
 * A turn is one call of tls.h. It takes at most so many bytes from the socket,
 * and asks no more once the socket has given less than it was asked for, or
 * something has been written.
 * Nothing is kept back here: what was taken is in OpenSSL's hands.
 */
#ifndef POSTERN_TLS_WIRE_H
#define POSTERN_TLS_WIRE_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/bio.h>

#include "common/compiler.h"

struct tls_wire {
	int fd;
	size_t may_read; /* bytes, in this turn; 0: none any more */
	int error;       /* errno of what failed last; 0: nothing has */
	bool ended;      /* the peer has closed its side */
	unsigned long long read, written; /* bytes, ever */
};

/* NULL: memory is short. BIO_meth_free ends it, after its BIOs. */
MUST_CHECK BIO_METHOD *tls_wire_method(void);

/* A BIO over the wire, which outlives it. NULL: memory is short. */
MUST_CHECK BIO *tls_wire_bio(const BIO_METHOD *method, struct tls_wire *w);

#endif
