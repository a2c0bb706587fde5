/*
 * secret_cache.h - opens webhooks' sealed secrets and headers, and caches them.
 *
 * Opening one costs a multiplication on a curve, so an opened secret is kept
 * for the next deliveries, for SECRET_CACHE_FRESH_MS at most, and is wiped
 * when it goes. One thread at a time.
 */
#ifndef POSTERN_SECRET_CACHE_H
#define POSTERN_SECRET_CACHE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "common/id.h"
#include "common/seal.h"

#define SECRET_CACHE_FILES_MAX 8 /* private halves: several while they rotate */
#define SECRET_CACHE_FRESH_MS 600000

struct secret_cache;

/*
 * Read count key files. NULL: why says which cannot be used and what to do.
 * Pair with secret_cache_close; NULL is fine.
 */
MUST_CHECK struct secret_cache *secret_cache_open(char *const *paths,
    size_t count, char *why, size_t why_size);
void secret_cache_close(struct secret_cache *c);

/* Read the files again, forget all secrets. False: the old stay, and why. */
MUST_CHECK bool secret_cache_reload(struct secret_cache *c, char *why,
    size_t why_size);

/* The ids of the keys. */
size_t secret_cache_key_count(const struct secret_cache *c);
const unsigned char *secret_cache_key_id(const struct secret_cache *c,
    size_t i);

/*
 * The secret with this id, opened, with zeros behind it. False: sealed for none
 * of the keys, or tampered with.
 */
MUST_CHECK bool secret_cache_get(struct secret_cache *c,
    const unsigned char id[ID_BYTES], const struct sealed *sealed,
    unsigned char secret[SECRET_READ_MAX]);

/*
 * The headers with this id, opened, as header_block.h has them: a text that
 * stays until the next call. False: sealed for none of the keys, or tampered
 * with, or no such headers as may be sent.
 */
MUST_CHECK bool secret_cache_headers(struct secret_cache *c,
    const unsigned char id[ID_BYTES], const struct sealed_text *sealed,
    struct text *headers);

#endif
