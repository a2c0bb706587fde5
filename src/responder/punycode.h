/* punycode.h - characters beyond ASCII as letters and digits (RFC 3492). */
#ifndef POSTERN_PUNYCODE_H
#define POSTERN_PUNYCODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"

#define PUNYCODE_POINTS_MAX 256 /* so that no sum overflows */

/*
 * Encode code points; size, which is not 0, counts the NUL. ASCII stays as it
 * is. False: it does not fit, or a code point is past U+10FFFF.
 */
MUST_CHECK bool punycode_encode(const uint32_t *points, size_t count, char *to,
    size_t size);

#endif
