/* ed25519_key.c - Ed25519 keys of Standard Webhooks' v1a signatures. */
#include "common/ed25519_key.h"

#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "common/account_key.h"

_Static_assert(ED25519_SIGNATURE_BYTES == crypto_sign_BYTES, "as libsodium");

struct ed25519_key {
	unsigned char id[KEYFILE_ID_BYTES];
	unsigned char private_half[crypto_sign_SECRETKEYBYTES];
};

/*
 * The private half holds its public one as well. They must belong together:
 * two signatures with different public halves would give the key away.
 */
static bool
derive_public_half(const unsigned char *key,
    unsigned char half[KEYFILE_PUBLIC_BYTES])
{
	unsigned char whole[crypto_sign_SECRETKEYBYTES];
	bool same;

	crypto_sign_seed_keypair(half, whole, key);
	same = sodium_memcmp(whole, key, sizeof whole) == 0;
	sodium_memzero(whole, sizeof whole);
	return same;
}

static const struct keyfile_kind public_kind = {
	.label = "postern-signing-public-1",
	.prefix = "whpk_",
	.bytes = crypto_sign_PUBLICKEYBYTES,
};

static const struct keyfile_kind private_kind = {
	.label = "postern-signing-private-1",
	.prefix = "whsk_",
	.bytes = crypto_sign_SECRETKEYBYTES,
	.public_half = derive_public_half,
};

struct ed25519_key *
ed25519_key_open(const char *path, char *why, size_t why_size)
{
	struct ed25519_key *key = NULL;

	snprintf(why, why_size, "no memory can be locked for the key");
	if (sodium_init() != -1)
		key = sodium_malloc(sizeof *key);
	if (key == NULL)
		return NULL;
	if (!keyfile_read(path, &private_kind, key->id, key->private_half, why,
		why_size)) {
		ed25519_key_close(key);
		return NULL;
	}
	sodium_mprotect_readonly(key);
	return key;
}

void
ed25519_key_close(struct ed25519_key *key)
{
	sodium_free(key);
}

const unsigned char *
ed25519_key_id(const struct ed25519_key *key)
{
	return key->id;
}

void
ed25519_key_sign(const struct ed25519_key *key, const void *bytes,
    size_t length, unsigned char signature[ED25519_SIGNATURE_BYTES])
{
	crypto_sign_detached(signature, NULL, bytes, length, key->private_half);
}

void
ed25519_key_derive(const struct ed25519_key *key,
    const unsigned char account[ID_BYTES], struct blinded_key *derived)
{
	account_key_private(key->private_half,
	    key->private_half + KEY_BLINDING_SEED_BYTES, account, derived);
}

bool
ed25519_key_make_keys(const char *path, char *why, size_t why_size)
{
	unsigned char public_half[crypto_sign_PUBLICKEYBYTES];
	unsigned char private_half[crypto_sign_SECRETKEYBYTES];
	const struct keyfile_pair pair = { &private_kind, &public_kind,
		private_half, public_half };
	bool ok;

	if (sodium_init() == -1) {
		snprintf(why, why_size, "libsodium cannot be initialised");
		return false;
	}
	crypto_sign_keypair(public_half, private_half);
	ok = keyfile_write_pair(path, &pair, why, why_size);
	sodium_memzero(private_half, sizeof private_half);
	return ok;
}
