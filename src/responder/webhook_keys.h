/* webhook_keys.h - GET /v1/webhook-keys: derives the account's own keys. */
#ifndef POSTERN_WEBHOOK_KEYS_H
#define POSTERN_WEBHOOK_KEYS_H

#include "common/compiler.h"

/*
 * The answer's body from what postern.api_get_webhook_keys gave: each key of
 * the scope account is replaced by the account's, and the account left out.
 * NULL: that is not such a body, or memory is short. The caller frees it.
 */
MUST_CHECK char *webhook_keys_body(const char *given);

#endif
