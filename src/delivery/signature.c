/* signature.c - the webhook-signature header of Standard Webhooks 1.0.0. */
#include "delivery/signature.h"

#include <string.h>

#include <sodium.h>

#define VERSION "v1,"

static void
digest(const char *content, size_t length, const struct signature_key *key,
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
signature_write(const char *content, size_t length,
    const struct signature_key *keys, size_t count, char text[SIGNATURE_MAX])
{
	unsigned char hash[crypto_auth_hmacsha256_BYTES];
	size_t prefix = strlen(VERSION);

	for (size_t i = 0; i < count; i++) {
		if (i > 0)
			*text++ = ' ';
		digest(content, length, &keys[i], hash);
		memcpy(text, VERSION, prefix);
		sodium_bin2base64(text + prefix, SIGNATURE_LENGTH + 1 - prefix,
		    hash, sizeof hash, sodium_base64_VARIANT_ORIGINAL);
		text += SIGNATURE_LENGTH;
	}
}
