/* key_blinding.c - Ed25519 keys derived from one, by the public key alone. */
#include "common/key_blinding.h"

#include <string.h>

#include <sodium.h>

#define SCALAR crypto_core_ed25519_SCALARBYTES
#define HASH crypto_hash_sha512_BYTES
#define HALF (HASH / 2)

_Static_assert(KEY_BLINDING_PUBLIC_BYTES == crypto_sign_PUBLICKEYBYTES &&
	KEY_BLINDING_SEED_BYTES == crypto_sign_SEEDBYTES &&
	KEY_BLINDING_SIGNATURE_BYTES == crypto_sign_BYTES && SCALAR == 32,
    "as libsodium");

/* Its lower half is the scalar to multiply by, the upper one a prefix. */
static void
hash_blind(const struct key_blind *blind, unsigned char hash[HASH])
{
	crypto_hash_sha512_state state;

	crypto_hash_sha512_init(&state);
	crypto_hash_sha512_update(&state, blind->bytes,
	    KEY_BLINDING_BLIND_BYTES);
	crypto_hash_sha512_update(&state, (const unsigned char[]){ 0 }, 1);
	crypto_hash_sha512_update(&state, blind->context,
	    blind->context_length);
	crypto_hash_sha512_final(&state, hash);
}

/* 256 bits modulo the order of the group. */
static void
reduce_scalar(unsigned char scalar[SCALAR])
{
	unsigned char wide[crypto_core_ed25519_NONREDUCEDSCALARBYTES] = { 0 };

	memcpy(wide, scalar, SCALAR);
	crypto_core_ed25519_scalar_reduce(scalar, wide);
	sodium_memzero(wide, sizeof wide);
}

bool
key_blinding_public(const unsigned char key[KEY_BLINDING_PUBLIC_BYTES],
    const struct key_blind *blind,
    unsigned char derived[KEY_BLINDING_PUBLIC_BYTES])
{
	unsigned char hash[HASH];

	hash_blind(blind, hash);
	/* libsodium leaves out the highest bit of what is not reduced */
	reduce_scalar(hash);
	return crypto_scalarmult_ed25519_noclamp(derived, hash, key) == 0;
}

void
key_blinding_private(const unsigned char seed[KEY_BLINDING_SEED_BYTES],
    const struct key_blind *blind, struct blinded_key *derived)
{
	unsigned char own[HASH], hash[HASH];

	crypto_hash_sha512(own, seed, KEY_BLINDING_SEED_BYTES);
	own[0] &= 248; /* RFC 8032, 5.1.5 */
	own[31] &= 127;
	own[31] |= 64;
	hash_blind(blind, hash);
	reduce_scalar(own);
	reduce_scalar(hash);
	crypto_core_ed25519_scalar_mul(derived->scalar, own, hash);
	memcpy(derived->prefix, own + HALF, HALF);
	memcpy(derived->prefix + HALF, hash + HALF, HALF);
	/* it fails for zero alone, which no hash is found to give */
	(void)crypto_scalarmult_ed25519_base_noclamp(derived->public_half,
	    derived->scalar);
	sodium_memzero(own, sizeof own);
}

/* SHA-512 of three texts, modulo the order of the group. */
static void
hash_to_scalar(const void *first, size_t first_length, const void *second,
    size_t second_length, const void *bytes, size_t length,
    unsigned char scalar[SCALAR])
{
	crypto_hash_sha512_state state;
	unsigned char hash[HASH];

	crypto_hash_sha512_init(&state);
	crypto_hash_sha512_update(&state, first, first_length);
	crypto_hash_sha512_update(&state, second, second_length);
	crypto_hash_sha512_update(&state, bytes, length);
	crypto_hash_sha512_final(&state, hash);
	crypto_core_ed25519_scalar_reduce(scalar, hash);
	sodium_memzero(hash, sizeof hash);
	sodium_memzero(&state, sizeof state);
}

/* RFC 8032, 5.1.6, from its second step on. */
void
key_blinding_sign(const struct blinded_key *key, const void *bytes,
    size_t length, unsigned char signature[KEY_BLINDING_SIGNATURE_BYTES])
{
	unsigned char nonce[SCALAR], challenge[SCALAR];

	hash_to_scalar(key->prefix, HALF, key->prefix + HALF, HALF, bytes,
	    length, nonce);
	(void)crypto_scalarmult_ed25519_base_noclamp(signature, nonce);
	hash_to_scalar(signature, SCALAR, key->public_half,
	    sizeof key->public_half, bytes, length, challenge);
	crypto_core_ed25519_scalar_mul(challenge, challenge, key->scalar);
	crypto_core_ed25519_scalar_add(signature + SCALAR, nonce, challenge);
	sodium_memzero(nonce, sizeof nonce);
	sodium_memzero(challenge, sizeof challenge);
}
