/* ready.h - can a worker do its work, with the keys that it has? */
#ifndef POSTERN_READY_H
#define POSTERN_READY_H

#include <stdbool.h>
#include <stddef.h>

#include "delivery/keys.h"
#include "delivery/signers.h"

/* Connect and look: can it work with these keys? why says what not. */
bool ready_check(const char *conninfo, const struct keys *keys,
    const struct signers *signers, char *why, size_t why_size);

#endif
