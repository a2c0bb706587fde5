/*
 * tls_resumption.h - a TLS session as few bytes, and back.
 *
 * The server's certificate, most of what OpenSSL writes, is left out: it was
 * verified when the session began, and nothing looks at it again.
 */
#ifndef POSTERN_TLS_RESUMPTION_H
#define POSTERN_TLS_RESUMPTION_H

#include <stddef.h>

#include <openssl/ssl.h>

#include "common/compiler.h"

/*
 * How many of the size bytes at to it takes; 0: more than there are, or memory
 * is short.
 */
MUST_CHECK size_t tls_resumption_write(const SSL_SESSION *session,
    unsigned char *to, size_t size);

/* NULL: these are no such bytes, or memory is short. */
MUST_CHECK SSL_SESSION *tls_resumption_read(const unsigned char *from,
    size_t length);

#endif
