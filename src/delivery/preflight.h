/*
 * preflight.h - self-check: could a worker with these settings do its work?
 *
 * For --check, and a worker's start: there are CA certificates, the schema is
 * installed, the server takes writes, the sealing keys open every secret in
 * use, the signing keys are those published.
 */
#ifndef POSTERN_PREFLIGHT_H
#define POSTERN_PREFLIGHT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "delivery/platform_signer.h"
#include "delivery/secret_cache.h"

/*
 * Connect and ask. ca_file: NULL: the system's; signers: NULL: they are not
 * asked for. False: why says what is wrong.
 */
MUST_CHECK bool preflight_check(const char *conninfo, const char *ca_file,
    const struct secret_cache *keys, const struct platform_signer *signers,
    char *why, size_t why_size);

#endif
