/*
 * account_key.h - an account's own signing key, derived from the platform's.
 *
 * One key for all accounts would let a receiver pass on what it got to the
 * endpoint of another (Standard Webhooks warns of it). Both halves are derived
 * by key blinding, with a blind that is known to all, and the platform's
 * public half and the account's id as context: who has the platform's public
 * half can say each account's, and nobody but the private half's holder sign.
 */
#ifndef POSTERN_ACCOUNT_KEY_H
#define POSTERN_ACCOUNT_KEY_H

#include <stdbool.h>

#include "common/compiler.h"
#include "common/id.h"
#include "common/key_blinding.h"

/* The account's public half. False: key is not an Ed25519 public key. */
MUST_CHECK bool account_key_public(const unsigned char
				       key[KEY_BLINDING_PUBLIC_BYTES],
    const unsigned char account[ID_BYTES],
    unsigned char derived[KEY_BLINDING_PUBLIC_BYTES]);

/* The account's private half, to be wiped. Key: the platform's public half. */
void account_key_private(const unsigned char seed[KEY_BLINDING_SEED_BYTES],
    const unsigned char key[KEY_BLINDING_PUBLIC_BYTES],
    const unsigned char account[ID_BYTES], struct blinded_key *derived);

#endif
