/*
 * ed25519_key.h - Ed25519 keys of Standard Webhooks' v1a signatures.
 *
 * Who has the public half can verify, and nobody but the private half's holder
 * can sign. Key files are as keyfile.h has them;
 * the key is serialised as the specification says:
 *
 *	postern-signing-public-1 ID whpk_BASE64		(32 bytes)
 *	postern-signing-private-1 ID whsk_BASE64	(seed and public half)
 */
#ifndef POSTERN_ED25519_KEY_H
#define POSTERN_ED25519_KEY_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "common/id.h"
#include "common/key_blinding.h"
#include "common/keyfile.h"

#define ED25519_SIGNATURE_BYTES 64

struct ed25519_key;

/*
 * Read a private half into memory that is locked and fenced. NULL when it
 * cannot be used; why then says what is wrong and what to do. Pair with
 * ed25519_key_close, which wipes it; NULL is fine.
 */
MUST_CHECK struct ed25519_key *ed25519_key_open(const char *path, char *why,
    size_t why_size);
void ed25519_key_close(struct ed25519_key *key);

const unsigned char *ed25519_key_id(const struct ed25519_key *key);

/* Sign. Any thread may call it. */
void ed25519_key_sign(const struct ed25519_key *key, const void *bytes,
    size_t length, unsigned char signature[ED25519_SIGNATURE_BYTES]);

/* The key of an account, derived from this (account_key.h), to be wiped. */
void ed25519_key_derive(const struct ed25519_key *key,
    const unsigned char account[ID_BYTES], struct blinded_key *derived);

/* Make a key pair: PATH and PATH.pub, as keyfile_write_pair. */
MUST_CHECK bool ed25519_key_make_keys(const char *path, char *why,
    size_t why_size);

#endif
