/*
 * keys.h - opens webhooks' secrets, and remembers a bounded number of them.
 *
 * Opening costs a multiplication on a curve, so an opened secret is kept for
 * the next delivery, for KEYS_FRESH_MS at most, and wiped when it goes. One
 * thread at a time.
 */
#ifndef POSTERN_KEYS_H
#define POSTERN_KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/id.h"
#include "common/seal.h"

#define KEYS_FILES_MAX 8	/* private halves: several while they rotate */
#define KEYS_FRESH_MS 600000

struct keys;

/*
 * Read count key files. NULL: why says which cannot be used and what to do.
 * Pair with keys_close; NULL is fine.
 */
struct keys *keys_open(char *const *paths, size_t count, char *why,
    size_t why_size);
void keys_close(struct keys *k);

/* Read the files again and forget all secrets. False: as it was, and why. */
bool keys_reload(struct keys *k, char *why, size_t why_size);

/* The ids of the keys. */
size_t keys_count(const struct keys *k);
const unsigned char *keys_id(const struct keys *k, size_t i);

/*
 * The secret with this id, opened. False: sealed for none of the keys, or
 * tampered with.
 */
bool keys_secret(struct keys *k, const unsigned char id[ID_BYTES],
    const struct sealed *sealed, unsigned char secret[SECRET_BYTES]);

#endif
