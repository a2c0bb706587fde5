/*
 * platform_signer.h - signs deliveries with the platform's own Ed25519 keys.
 *
 * It writes the v1a items of the webhook-signature header (Standard Webhooks):
 * one, or two while keys rotate. They are by the account's keys, derived from
 * the platform's (common/account_key.h), or by these. A signature depends on
 * the content and the account alone, so a cache keeps the latest: an event to
 * many webhooks of an account is signed once a second, and a thread with time
 * to spare may sign ahead of another. Any thread may call it.
 */
#ifndef POSTERN_PLATFORM_SIGNER_H
#define POSTERN_PLATFORM_SIGNER_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "common/id.h"

#define PLATFORM_SIGNER_MAX 2
#define PLATFORM_SIGNER_ITEM 93 /* a blank, "v1a," and 88 characters */
#define PLATFORM_SIGNER_TEXT_MAX \
	(PLATFORM_SIGNER_MAX * PLATFORM_SIGNER_ITEM + 1)

/* Whose keys sign. */
enum signing_scope {
	SIGNING_ACCOUNT, /* each account's, which are told to it alone */
	SIGNING_PLATFORM /* the same for all */
};

struct platform_signer;

/*
 * Read count key files; there may be none. NULL: why says which cannot be
 * used and what to do. Pair with platform_signer_close; NULL is fine.
 */
MUST_CHECK struct platform_signer *platform_signer_open(char *const *paths,
    size_t count, enum signing_scope scope, char *why, size_t why_size);
void platform_signer_close(struct platform_signer *s);

/* Read the files again. False: the old keys stay, and why. */
MUST_CHECK bool platform_signer_reload(struct platform_signer *s, char *why,
    size_t why_size);

/* The ids of the keys. */
size_t platform_signer_key_count(const struct platform_signer *s);
const unsigned char *platform_signer_key_id(const struct platform_signer *s,
    size_t i);

/* The scope as postern.sign_on takes it; NULL: there are no keys. */
const char *platform_signer_scope(const struct platform_signer *s);

/*
 * Write an item for each key, a blank before each; text ends in NUL. account
 * is whose delivery it is.
 */
void platform_signer_write(struct platform_signer *s,
    const unsigned char account[ID_BYTES], const char *content, size_t length,
    char text[PLATFORM_SIGNER_TEXT_MAX]);

#endif
