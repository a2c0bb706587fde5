/* idempotency_key.h - the header Idempotency-Key, as clients send it. */
#ifndef POSTERN_IDEMPOTENCY_KEY_H
#define POSTERN_IDEMPOTENCY_KEY_H

#include <stdbool.h>

#include "common/compiler.h"

#define IDEMPOTENCY_KEY_MAX 256 /* bytes of printable ASCII */

/*
 * The key of a header's value: a string of structured fields (RFC 9651, 3.3.3)
 * as draft-ietf-httpapi-idempotency-key-header has it, or without its quotes,
 * as most clients send it. Both are the same key. False: it is neither.
 */
MUST_CHECK bool idempotency_key_parse(const char *value,
    char key[IDEMPOTENCY_KEY_MAX + 1]);

#endif
