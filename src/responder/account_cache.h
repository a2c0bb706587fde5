/*
 * account_cache.h - whose a credential is, as the database said lately.
 *
 * For fairness alone: it never says that a credential is good. It holds some
 * thousands for a minute each, and what it has forgotten is asked for again.
 * Not safe for threads.
 */
#ifndef POSTERN_ACCOUNT_CACHE_H
#define POSTERN_ACCOUNT_CACHE_H

#include <stdbool.h>

#include "common/compiler.h"
#include "responder/account.h"
#include "responder/credential.h"

#define ACCOUNT_CACHE_MS 60000 /* so long what it holds is right */

struct account_cache;

/* NULL when memory is short. Pair with account_cache_close; NULL is fine. */
MUST_CHECK struct account_cache *account_cache_open(void);
void account_cache_close(struct account_cache *c);

/* Times are of clock_now_ms. False: not known, and *account is untouched. */
MUST_CHECK bool account_cache_find(struct account_cache *c,
    const unsigned char hash[CREDENTIAL_HASH_BYTES], long long now_ms,
    struct account *account);

void account_cache_add(struct account_cache *c,
    const unsigned char hash[CREDENTIAL_HASH_BYTES], long long now_ms,
    const struct account *account);

#endif
