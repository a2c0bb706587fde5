/*
 * signer.h - the platform's own signature: Ed25519, for all receivers alike.
 *
 * Standard Webhooks' v1a. Who has the public half can verify, and nobody but
 * the private half's holder can sign. Key files are as keyfile.h has them;
 * the key is serialised as the specification says:
 *
 *	postern-signing-public-1 ID whpk_BASE64		(32 bytes)
 *	postern-signing-private-1 ID whsk_BASE64	(seed and public half)
 */
#ifndef POSTERN_SIGNER_H
#define POSTERN_SIGNER_H

#include <stdbool.h>
#include <stddef.h>

#include "common/keyfile.h"

#define SIGNER_SIGNATURE_BYTES 64

struct signer;

/*
 * Read a private half into memory that is locked and fenced. NULL when it
 * cannot be used; why then says what is wrong and what to do. Pair with
 * signer_close, which wipes it; NULL is fine.
 */
struct signer *signer_open(const char *path, char *why, size_t why_size);
void signer_close(struct signer *s);

const unsigned char *signer_id(const struct signer *s);

/* Sign. Any thread may call it. */
void signer_sign(const struct signer *s, const void *bytes, size_t length,
    unsigned char signature[SIGNER_SIGNATURE_BYTES]);

/* Make a key pair: PATH and PATH.pub, as keyfile_write_pair. */
bool signer_make_keys(const char *path, char *why, size_t why_size);

#endif
