/* preflight.h - can a worker do its work, with the keys that it has? */
#ifndef POSTERN_PREFLIGHT_H
#define POSTERN_PREFLIGHT_H

#include <stdbool.h>
#include <stddef.h>

#include "delivery/secret_cache.h"
#include "delivery/platform_signer.h"

/* Connect and look: can it work with these keys? why says what not. */
bool preflight_check(const char *conninfo, const struct secret_cache *keys,
    const struct platform_signer *signers, char *why, size_t why_size);

#endif
