/* utf8.h - UTF-8 as RFC 3629 has it, one character at a time. */
#ifndef POSTERN_UTF8_H
#define POSTERN_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"

/*
 * How many bytes the character at the front has, of the left that there are;
 * *code is its code point. 0: it is none, and *code is untouched. No overlong
 * form, no surrogate, nothing past U+10FFFF.
 */
MUST_CHECK size_t utf8_take(const unsigned char *at, size_t left,
    uint32_t *code);

/* Is all of the text UTF-8? */
MUST_CHECK bool utf8_valid(const char *text, size_t length);

#endif
