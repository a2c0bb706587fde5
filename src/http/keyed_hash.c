/* keyed_hash.c - hash of a name that strangers choose, for a table of ours. */
#include "http/keyed_hash.h"

#include <string.h>

#include <sodium.h>

_Static_assert(KEYED_HASH_BYTES == crypto_shorthash_KEYBYTES,
    "the key is as long as libsodium's");

void
keyed_hash_init(struct keyed_hash *h)
{
	crypto_shorthash_keygen(h->key);
}

uint64_t
keyed_hash(const struct keyed_hash *h, const char *bytes, size_t length)
{
	unsigned char hash[crypto_shorthash_BYTES];
	uint64_t number;

	crypto_shorthash(hash, (const unsigned char *)bytes, length, h->key);
	memcpy(&number, hash, sizeof number);
	return number;
}
