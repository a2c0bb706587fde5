/* hmac_signature.c - signs a delivery with its webhook's secrets. */
#include "common/hmac_signature.h"

#include <string.h>

#include <sodium.h>

#define VERSION "v1,"

static void
compute_hmac(const char *content, size_t length,
    const struct hmac_signature_key *key,
    unsigned char hash[crypto_auth_hmacsha256_BYTES])
{
	crypto_auth_hmacsha256_state state;

	crypto_auth_hmacsha256_init(&state, key->bytes, key->length);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)content,
	    length);
	crypto_auth_hmacsha256_final(&state, hash);
	sodium_memzero(&state, sizeof state);
}

void
hmac_signature_write(const char *content, size_t length,
    const struct hmac_signature_key *keys, size_t count,
    char text[HMAC_SIGNATURE_MAX])
{
	unsigned char hash[crypto_auth_hmacsha256_BYTES];
	size_t prefix = strlen(VERSION);

	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			*text++ = ' ';
		compute_hmac(content, length, &keys[i], hash);
		memcpy(text, VERSION, prefix);
		sodium_bin2base64(text + prefix,
		    HMAC_SIGNATURE_LENGTH + 1 - prefix, hash, sizeof hash,
		    sodium_base64_VARIANT_ORIGINAL);
		text += HMAC_SIGNATURE_LENGTH;
	}
}
