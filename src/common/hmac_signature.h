/*
 * hmac_signature.h - signs a delivery with its webhook's secrets (HMAC-SHA256).
 *
 * Pure. The v1 items of the webhook-signature header, as Standard Webhooks
 * 1.0.0 has them: "v1," and the base64 of HMAC-SHA256 over
 * "id.timestamp.body", once for each secret, with a blank between.
 */
#ifndef POSTERN_HMAC_SIGNATURE_H
#define POSTERN_HMAC_SIGNATURE_H

#include <stddef.h>

#define HMAC_SIGNATURE_KEYS_MAX 5 /* secrets of a webhook that sign at once */
#define HMAC_SIGNATURE_LENGTH 47  /* "v1," and 44 characters */
#define HMAC_SIGNATURE_MAX \
	(HMAC_SIGNATURE_KEYS_MAX * (HMAC_SIGNATURE_LENGTH + 1))

struct hmac_signature_key {
	const unsigned char *bytes;
	size_t length;
};

/*
 * Sign content (attempt_content) with 1 to HMAC_SIGNATURE_KEYS_MAX keys; text
 * ends in NUL.
 */
void hmac_signature_write(const char *content, size_t length,
    const struct hmac_signature_key *keys, size_t count,
    char text[HMAC_SIGNATURE_MAX]);

#endif
