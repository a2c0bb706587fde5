/* utf8.h - UTF-8 (RFC 3629), one character at a time. */
#ifndef POSTERN_UTF8_H
#define POSTERN_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"

#define UTF8_BYTES_MAX 4 /* of a character */

/*
 * Decode the first character of left bytes: its length in bytes, and *code is
 * its code point. 0: these bytes are no UTF-8, and *code is untouched. No
 * overlong form, no surrogate, nothing past U+10FFFF.
 */
MUST_CHECK size_t utf8_take(const unsigned char *at, size_t left,
    uint32_t *code);

/* The bytes of a code point, and their number. */
size_t utf8_put(uint32_t code, char to[UTF8_BYTES_MAX]);

/* Is the whole text UTF-8? */
MUST_CHECK bool utf8_valid(const char *text, size_t length);

#endif
