/*
 * credential.h - bearer tokens and client secrets: syntax, checksum, hash.
 *
 * pst_ + 2 base62 digits (the account's slot) + 41 base62 digits (244 random
 * bits) + 6 base62 digits (CRC-32, as in zlib, of the 47 characters before
 * it). Digits are 0-9A-Za-z, most significant first. A client's secret begins
 * with pcs_ and is otherwise alike. They are made by the SQL function
 * postern.new_credential; here they are only read.
 */
#ifndef POSTERN_CREDENTIAL_H
#define POSTERN_CREDENTIAL_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"

#define CREDENTIAL_LENGTH 53
#define CREDENTIAL_HASH_BYTES 32

/*
 * Does the text have a token's syntax and checksum? Then hash is its SHA-256,
 * which is all the database knows of it; else hash is untouched.
 */
MUST_CHECK bool credential_hash_token(const char *text, size_t length,
    unsigned char hash[CREDENTIAL_HASH_BYTES]);

/* The same for a client's secret. */
MUST_CHECK bool credential_hash_client_secret(const char *text, size_t length,
    unsigned char hash[CREDENTIAL_HASH_BYTES]);

#endif
