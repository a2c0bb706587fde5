/*
 * key_blinding.h - Ed25519 keys derived from one, by the public key alone.
 *
 * Key blinding as of draft-irtf-cfrg-signature-key-blinding, section 4: from a
 * blind and a context comes a scalar by which both halves of a key pair are
 * multiplied, so that who has the public half alone finds the public half of
 * each derived pair. To verifiers they are keys and signatures like any
 * other's (RFC 8032). Who has a derived private half has that of all.
 */
#ifndef POSTERN_KEY_BLINDING_H
#define POSTERN_KEY_BLINDING_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"

#define KEY_BLINDING_PUBLIC_BYTES 32
#define KEY_BLINDING_SEED_BYTES 32
#define KEY_BLINDING_BLIND_BYTES 32
#define KEY_BLINDING_SIGNATURE_BYTES 64

/* What a key is blinded with. */
struct key_blind {
	const unsigned char *bytes; /* KEY_BLINDING_BLIND_BYTES */
	const unsigned char *context;
	size_t context_length;
};

/* A derived private half, to be wiped. */
struct blinded_key {
	unsigned char public_half[KEY_BLINDING_PUBLIC_BYTES];
	unsigned char scalar[32];
	unsigned char prefix[64]; /* of what is hashed to the nonce */
};

/* The derived public half. False: key is not an Ed25519 public key. */
MUST_CHECK bool key_blinding_public(const unsigned char
					key[KEY_BLINDING_PUBLIC_BYTES],
    const struct key_blind *blind,
    unsigned char derived[KEY_BLINDING_PUBLIC_BYTES]);

/* The derived private half of the key with this seed. */
void key_blinding_private(const unsigned char seed[KEY_BLINDING_SEED_BYTES],
    const struct key_blind *blind, struct blinded_key *derived);

/* Sign, always alike. */
void key_blinding_sign(const struct blinded_key *key, const void *bytes,
    size_t length, unsigned char signature[KEY_BLINDING_SIGNATURE_BYTES]);

#endif
