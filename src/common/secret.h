/* secret.h - a webhook's signing secret: made, and written out. */
#ifndef POSTERN_SECRET_H
#define POSTERN_SECRET_H

#include <stddef.h>

#define SECRET_BYTES 32
#define SECRET_TEXT_LENGTH 50 /* "whsec_" and 44 characters of base64 */

/* 32 bytes from the kernel's generator. */
void secret_make(unsigned char secret[SECRET_BYTES]);

/* The secret as Standard Webhooks writes it, with a NUL. */
void secret_text(const unsigned char secret[SECRET_BYTES],
    char text[SECRET_TEXT_LENGTH + 1]);

#endif
