/*
 * header_cache.h - webhooks' headers that were opened, for the next deliveries.
 *
 * What is kept is wiped when it goes. One thread at a time.
 */
#ifndef POSTERN_HEADER_CACHE_H
#define POSTERN_HEADER_CACHE_H

#include <stdbool.h>

#include "common/compiler.h"
#include "common/id.h"
#include "common/text.h"

struct header_cache;

/* NULL when memory is short. Pair with header_cache_close; NULL is fine. */
MUST_CHECK struct header_cache *header_cache_open(void);
void header_cache_close(struct header_cache *c);

/* Those with this id, if they were put there after fresh_ms; else no text. */
struct text header_cache_get(struct header_cache *c,
    const unsigned char id[ID_BYTES], long long fresh_ms);

/* Keep a copy, as of now. When memory is short, nothing is kept. */
void header_cache_put(struct header_cache *c, const unsigned char id[ID_BYTES],
    struct text text, long long now_ms);

/* Wipe all. */
void header_cache_forget(struct header_cache *c);

#endif
