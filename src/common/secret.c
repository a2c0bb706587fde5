/* secret.c - a webhook's signing secret: made, and written out. */
#include "common/secret.h"

#include <string.h>

#include <sodium.h>

#define PREFIX "whsec_"

void
secret_make(unsigned char secret[SECRET_BYTES])
{
	randombytes_buf(secret, SECRET_BYTES);
}

void
secret_text(const unsigned char secret[SECRET_BYTES],
    char text[SECRET_TEXT_LENGTH + 1])
{
	size_t prefix = strlen(PREFIX);

	memcpy(text, PREFIX, prefix);
	sodium_bin2base64(text + prefix, SECRET_TEXT_LENGTH + 1 - prefix,
	    secret, SECRET_BYTES, sodium_base64_VARIANT_ORIGINAL);
}
