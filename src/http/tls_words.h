/*
 * tls_words.h - why TLS failed, in words for whoever runs the receiver.
 *
 * "It" is the receiver. What it sent is quoted in printable ASCII alone.
 */
#ifndef POSTERN_TLS_WORDS_H
#define POSTERN_TLS_WORDS_H

#include <stdbool.h>

#include <openssl/x509_vfy.h>

#include "http/tls.h"

/* Its certificate, which X509_verify_cert has just refused. */
void tls_words_certificate(X509_STORE_CTX *verified, const char *host,
    char why[TLS_WHY_MAX]);

/*
 * Anything else, by this thread's queue of errors, which is then empty.
 * certificate_wanted: it has asked for a client certificate.
 */
void tls_words_failure(const char *host, bool certificate_wanted,
    char why[TLS_WHY_MAX]);

/* The connection ended, by this errno (0: it was closed), inside of TLS. */
void tls_words_cut(int error, bool in_handshake, char why[TLS_WHY_MAX]);

#endif
