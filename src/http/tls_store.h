/* tls_store.h - the CA certificates that we trust, read from files once. */
#ifndef POSTERN_TLS_STORE_H
#define POSTERN_TLS_STORE_H

#include <openssl/x509_vfy.h>

#include "common/compiler.h"
#include "http/tls.h"

/*
 * ca_file: PEM; a certificate in it that cannot be read is an error. NULL: the
 * system's, which is what the variable SSL_CERT_FILE names, or else the files
 * in the directory that SSL_CERT_DIR names; without these, the first that
 * exists of OpenSSL's default file, Debian's /etc/ssl/certs/ca-certificates.crt
 * and OpenSSL's default directory. NULL, and why: it cannot be read, or has no
 * certificate.
 */
MUST_CHECK X509_STORE *tls_store_read(const char *ca_file,
    char why[TLS_WHY_MAX]);

#endif
