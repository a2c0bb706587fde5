/*
 * preflight.h - self-check: could a worker with these settings do its work?
 *
 * There are CA certificates, the schema is installed, the server takes writes,
 * the sealing keys open every secret in use, the signing keys are those
 * published.
 */
#ifndef POSTERN_PREFLIGHT_H
#define POSTERN_PREFLIGHT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "delivery/platform_signer.h"
#include "delivery/secret_cache.h"

enum preflight {
	PREFLIGHT_ALL,   /* as it should be, for --check */
	PREFLIGHT_START, /* without which nothing can be sent at all */
};

/*
 * Connect and ask. ca_file: NULL: the system's; signers: NULL: there are none.
 * To start needs no signer, nor a key that has been retired, which may be lost.
 * False: why says what is wrong.
 */
MUST_CHECK bool preflight_check(enum preflight how, const char *conninfo,
    const char *ca_file, const struct secret_cache *keys,
    const struct platform_signer *signers, char *why, size_t why_size);

#endif
