/* account_key.c - an account's own signing key, derived from the platform's. */
#include "common/account_key.h"

#include <string.h>

#define CONTEXT (KEY_BLINDING_PUBLIC_BYTES + ID_BYTES)

/* For nothing else; doc/delivery.md has it, for who derives keys as well. */
static const char blind_text[] = "postern: signing key by account1";

_Static_assert(sizeof blind_text == KEY_BLINDING_BLIND_BYTES + 1,
    "it is a blind and a NUL");

static struct key_blind
blind_of(const unsigned char key[KEY_BLINDING_PUBLIC_BYTES],
    const unsigned char account[ID_BYTES], unsigned char context[CONTEXT])
{
	memcpy(context, key, KEY_BLINDING_PUBLIC_BYTES);
	memcpy(context + KEY_BLINDING_PUBLIC_BYTES, account, ID_BYTES);
	return (struct key_blind){ (const unsigned char *)blind_text, context,
		CONTEXT };
}

bool
account_key_public(const unsigned char key[KEY_BLINDING_PUBLIC_BYTES],
    const unsigned char account[ID_BYTES],
    unsigned char derived[KEY_BLINDING_PUBLIC_BYTES])
{
	unsigned char context[CONTEXT];
	struct key_blind blind = blind_of(key, account, context);

	return key_blinding_public(key, &blind, derived);
}

void
account_key_private(const unsigned char seed[KEY_BLINDING_SEED_BYTES],
    const unsigned char key[KEY_BLINDING_PUBLIC_BYTES],
    const unsigned char account[ID_BYTES], struct blinded_key *derived)
{
	unsigned char context[CONTEXT];
	struct key_blind blind = blind_of(key, account, context);

	key_blinding_private(seed, &blind, derived);
}
