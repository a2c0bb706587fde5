/*
 * account_key_cache.h - accounts' private signing keys, derived and cached.
 *
 * To derive one costs as much as to sign. They are in memory that is locked
 * and fenced, and wiped when they go. Any thread may call it.
 */
#ifndef POSTERN_ACCOUNT_KEY_CACHE_H
#define POSTERN_ACCOUNT_KEY_CACHE_H

#include <stddef.h>

#include "common/compiler.h"
#include "common/ed25519_key.h"
#include "common/id.h"
#include "common/key_blinding.h"

struct account_key_cache;

/* NULL when memory is short. Pair with account_key_cache_close. */
MUST_CHECK struct account_key_cache *account_key_cache_open(void);
void account_key_cache_close(struct account_key_cache *c);

/* Forget all, since a platform's key is another one now. */
void account_key_cache_clear(struct account_key_cache *c);

/*
 * The account's key, derived from the platform's, which is the which-th. The
 * caller wipes it.
 */
void account_key_cache_get(struct account_key_cache *c,
    const struct ed25519_key *key, size_t which,
    const unsigned char account[ID_BYTES], struct blinded_key *derived);

#endif
