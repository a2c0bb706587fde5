/*
 * signature.h - the webhook-signature header of Standard Webhooks 1.0.0.
 *
 * Pure. "v1," and the base64 of HMAC-SHA256 over "id.timestamp.body", once
 * for each key, with a blank between.
 */
#ifndef POSTERN_SIGNATURE_H
#define POSTERN_SIGNATURE_H

#include <stddef.h>

#define SIGNATURE_KEYS_MAX 5	/* secrets of one webhook that sign at a time */
#define SIGNATURE_LENGTH 47	/* "v1," and 44 characters */
#define SIGNATURE_MAX (SIGNATURE_KEYS_MAX * (SIGNATURE_LENGTH + 1))

struct signature_key {
	const unsigned char *bytes;
	size_t length;
};

/*
 * Sign what attempt_content gives with count keys, 1 to SIGNATURE_KEYS_MAX;
 * text ends in NUL.
 */
void signature_write(const char *content, size_t length,
    const struct signature_key *keys, size_t count,
    char text[SIGNATURE_MAX]);

#endif
