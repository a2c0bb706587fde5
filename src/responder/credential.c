/* credential.c - bearer tokens and client secrets: syntax, checksum, hash. */
#include "responder/credential.h"

#include <stdint.h>
#include <string.h>

#include <sodium.h>

#define CHECKED 47 /* characters that the checksum covers */

static const char digits[] =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/* CRC-32 of ISO 3309, reflected, as zlib and PNG have it. */
static uint32_t
crc32(const char *text, size_t length)
{
	uint32_t crc = 0xffffffffu;

	for (size_t i = 0; i < length; i++) {
		crc ^= (unsigned char)text[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (0xedb88320u & (0u - (crc & 1)));
	}
	return ~crc;
}

static bool
are_digits(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (text[i] == '\0' || strchr(digits, text[i]) == NULL)
			return false;
	return true;
}

static uint64_t
base62_number(const char *text, size_t length)
{
	uint64_t n = 0;

	for (size_t i = 0; i < length; i++)
		n = n * 62 + (uint64_t)(strchr(digits, text[i]) - digits);
	return n;
}

static bool
hash_credential(const char *prefix, const char *text, size_t length,
    unsigned char hash[CREDENTIAL_HASH_BYTES])
{
	size_t n = strlen(prefix);

	if (length != CREDENTIAL_LENGTH || memcmp(text, prefix, n) != 0)
		return false;
	if (!are_digits(text + n, length - n))
		return false;
	if (base62_number(text + CHECKED, length - CHECKED) !=
	    crc32(text, CHECKED))
		return false;
	crypto_hash_sha256(hash, (const unsigned char *)text, length);
	return true;
}

bool
credential_hash_token(const char *text, size_t length,
    unsigned char hash[CREDENTIAL_HASH_BYTES])
{
	return hash_credential("pst_", text, length, hash);
}

bool
credential_hash_client_secret(const char *text, size_t length,
    unsigned char hash[CREDENTIAL_HASH_BYTES])
{
	return hash_credential("pcs_", text, length, hash);
}
