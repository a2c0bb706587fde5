/* secret.h - a webhook's signing secret: made, written out, and read. */
#ifndef POSTERN_SECRET_H
#define POSTERN_SECRET_H

#include <stddef.h>

#include "common/compiler.h"
#include "common/text.h"

#define SECRET_BYTES 32
#define SECRET_TEXT_LENGTH 50 /* "whsec_" and 44 characters of base64 */
/*
 * Of one that another program made. One that is shorter signs as with zeros
 * behind it up to here: HMAC-SHA256 fills its key up so (RFC 2104, 2).
 */
#define SECRET_READ_MAX 64

/* 32 bytes from the kernel's generator. */
void secret_make(unsigned char secret[SECRET_BYTES]);

/* The secret as Standard Webhooks writes it, with a NUL. */
void secret_text(const unsigned char secret[SECRET_BYTES],
    char text[SECRET_TEXT_LENGTH + 1]);

/*
 * The bytes of a secret as Standard Webhooks 1.0.0 allows it: 24 to 64 of
 * them, the prefix may be missing. NULL, or what is wrong with the text.
 */
MUST_CHECK const char *secret_read(struct text text,
    unsigned char bytes[SECRET_READ_MAX], size_t *length);

#endif
