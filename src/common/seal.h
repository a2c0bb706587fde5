/*
 * seal.h - secrets sealed so that only the delivery worker can open them.
 *
 * X25519, XSalsa20 and Poly1305: libsodium's crypto_box. The sealer has the
 * public half of the sealing key and a key pair of its own that lives for one
 * epoch; what one epoch sealed nobody but the private half's holder can open
 * once sealer_forget has wiped it. Key files are as keyfile.h has them:
 *
 *	postern-public-1 ID BASE64	(may be read by the responder)
 *	postern-private-1 ID BASE64	(0600, for the delivery worker alone)
 */
#ifndef POSTERN_SEAL_H
#define POSTERN_SEAL_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "common/keyfile.h"
#include "common/secret.h"
#include "common/text.h"

#define SEAL_KEY_ID_BYTES KEYFILE_ID_BYTES
#define SEAL_KEY_BYTES KEYFILE_PUBLIC_BYTES
#define SEAL_NONCE_BYTES 24
#define SEAL_MAC_BYTES 16
#define SEAL_BOX_BYTES (SECRET_BYTES + SEAL_MAC_BYTES)
#define SEAL_BOX_MAX (SECRET_READ_MAX + SEAL_MAC_BYTES) /* of longer ones */

struct sealed {
	unsigned char key_id[SEAL_KEY_ID_BYTES]; /* of the recipient */
	unsigned char ephemeral[SEAL_KEY_BYTES]; /* of the epoch */
	unsigned char nonce[SEAL_NONCE_BYTES];
	size_t box_length; /* SEAL_BOX_BYTES or SEAL_BOX_MAX */
	unsigned char box[SEAL_BOX_MAX];
};

#define SEAL_TEXT_STEP 64
#define SEAL_TEXT_MAX 8192
#define SEAL_TEXT_BOX_MAX (SEAL_TEXT_MAX + SEAL_MAC_BYTES)

/* A text, with NULs behind it up to a multiple of SEAL_TEXT_STEP. */
struct sealed_text {
	unsigned char key_id[SEAL_KEY_ID_BYTES];
	unsigned char ephemeral[SEAL_KEY_BYTES];
	unsigned char nonce[SEAL_NONCE_BYTES];
	size_t box_length;
	unsigned char box[SEAL_TEXT_BOX_MAX];
};

struct sealer;
struct opener;

/*
 * Read a key file; a sealer borrows its path. NULL when it cannot be used; why
 * then says what is wrong and what to do, without a byte of the key. Close with
 * sealer_close or opener_close; NULL is fine.
 */
MUST_CHECK struct sealer *sealer_open(const char *path, char *why,
    size_t why_size);
MUST_CHECK struct opener *opener_open(const char *path, char *why,
    size_t why_size);

void sealer_close(struct sealer *sealer);
void opener_close(struct opener *opener);

/*
 * Read its file again and, if accepts does not refuse that key, seal for it
 * from now on. False: the old key stays, and why.
 */
MUST_CHECK bool sealer_reload(struct sealer *sealer,
    bool (*accepts)(void *arg, const unsigned char key_id[KEYFILE_ID_BYTES],
	char *why, size_t why_size),
    void *arg, char *why, size_t why_size);

/* As it is until sealer_reload. */
const unsigned char *sealer_key_id(const struct sealer *sealer);
const unsigned char *opener_key_id(const struct opener *opener);

/*
 * Seal a secret of up to SECRET_READ_MAX bytes, with zeros behind it. Any
 * thread may call it. False only when memory is corrupt.
 */
MUST_CHECK bool sealer_seal(struct sealer *sealer, const unsigned char *secret,
    size_t length, struct sealed *out);

/* Wipe the epoch's key pair; the next sealer_seal makes a new one. */
void sealer_forget(struct sealer *sealer);

/*
 * Open: the secret with zeros behind it. False when the box was sealed for
 * another key, or tampered with.
 */
MUST_CHECK bool opener_open_secret(const struct opener *opener,
    const struct sealed *sealed, unsigned char secret[SECRET_READ_MAX]);

/*
 * The same for a text, 1 to SEAL_TEXT_MAX bytes without a NUL: its length is
 * seen to SEAL_TEXT_STEP bytes.
 */
MUST_CHECK bool sealer_seal_text(struct sealer *sealer, struct text text,
    struct sealed_text *out);

/* Open one: it ends in NULs, of which there is at least one. */
MUST_CHECK bool opener_open_text(const struct opener *opener,
    const struct sealed_text *sealed, char text[SEAL_TEXT_MAX + 1]);

/*
 * Make a key pair: PATH gets the private half (0600), PATH.pub the public
 * one. Neither file may exist. False: why says which and what to do.
 */
MUST_CHECK bool seal_make_keys(const char *path, char *why, size_t why_size);

#endif
