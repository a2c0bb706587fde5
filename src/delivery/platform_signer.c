/* platform_signer.c - signs deliveries with the platform's Ed25519 keys. */
#include "delivery/platform_signer.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "common/ed25519_key.h"
#include "delivery/account_key_cache.h"

#define VERSION " v1a,"
#define CACHE_SLOTS 4096 /* a power of two; many times what is in hand */

/* Direct-mapped: newer content takes the slot of an older one. */
struct slot {
	bool used;
	unsigned char content[crypto_generichash_BYTES];
	char text[PLATFORM_SIGNER_TEXT_MAX];
};

struct platform_signer {
	char *const *paths;
	size_t count;
	enum signing_scope scope;
	struct account_key_cache *accounts;
	pthread_rwlock_t keys_lock; /* the first to be taken */
	struct ed25519_key *keys[PLATFORM_SIGNER_MAX];
	pthread_mutex_t cache_lock;
	struct slot cache[CACHE_SLOTS];
};

static void
close_keys(struct ed25519_key **keys)
{
	for (size_t i = 0; i < PLATFORM_SIGNER_MAX; i++)
		ed25519_key_close(keys[i]);
}

bool
platform_signer_reload(struct platform_signer *s, char *why, size_t why_size)
{
	struct ed25519_key *keys[PLATFORM_SIGNER_MAX] = { NULL },
			   *old[PLATFORM_SIGNER_MAX];

	for (size_t i = 0; i < s->count; i++) {
		keys[i] = ed25519_key_open(s->paths[i], why, why_size);
		if (keys[i] == NULL) {
			close_keys(keys);
			return false;
		}
	}
	pthread_rwlock_wrlock(&s->keys_lock);
	for (size_t i = 0; i < PLATFORM_SIGNER_MAX; i++) {
		old[i] = s->keys[i];
		s->keys[i] = keys[i];
	}
	pthread_mutex_lock(&s->cache_lock);
	memset(s->cache, 0, sizeof s->cache);
	pthread_mutex_unlock(&s->cache_lock);
	account_key_cache_clear(s->accounts);
	pthread_rwlock_unlock(&s->keys_lock);
	close_keys(old);
	return true;
}

struct platform_signer *
platform_signer_open(char *const *paths, size_t count, enum signing_scope scope,
    char *why, size_t why_size)
{
	struct platform_signer *s = calloc(1, sizeof *s);

	if (s == NULL) {
		snprintf(why, why_size, "out of memory");
		return NULL;
	}
	s->paths = paths;
	s->count = count;
	s->scope = scope;
	s->accounts = account_key_cache_open();
	pthread_rwlock_init(&s->keys_lock, NULL);
	pthread_mutex_init(&s->cache_lock, NULL);
	snprintf(why, why_size, "no memory can be locked for accounts' keys");
	if (s->accounts != NULL && platform_signer_reload(s, why, why_size))
		return s;
	platform_signer_close(s);
	return NULL;
}

void
platform_signer_close(struct platform_signer *s)
{
	if (s == NULL)
		return;
	close_keys(s->keys);
	account_key_cache_close(s->accounts);
	pthread_mutex_destroy(&s->cache_lock);
	pthread_rwlock_destroy(&s->keys_lock);
	free(s);
}

size_t
platform_signer_key_count(const struct platform_signer *s)
{
	return s->count;
}

const unsigned char *
platform_signer_key_id(const struct platform_signer *s, size_t i)
{
	return ed25519_key_id(s->keys[i]);
}

const char *
platform_signer_scope(const struct platform_signer *s)
{
	if (s->count == 0)
		return NULL;
	return s->scope == SIGNING_ACCOUNT ? "account" : "platform";
}

static void
sign_once(const struct platform_signer *s, size_t which,
    const unsigned char account[ID_BYTES], const char *content, size_t length,
    unsigned char signature[ED25519_SIGNATURE_BYTES])
{
	struct blinded_key key;

	if (s->scope == SIGNING_PLATFORM) {
		ed25519_key_sign(s->keys[which], content, length, signature);
		return;
	}
	account_key_cache_get(s->accounts, s->keys[which], which, account,
	    &key);
	key_blinding_sign(&key, content, length, signature);
	sodium_memzero(&key, sizeof key);
}

static void
sign_content(const struct platform_signer *s,
    const unsigned char account[ID_BYTES], const char *content, size_t length,
    char *text)
{
	unsigned char signature[ED25519_SIGNATURE_BYTES];
	size_t prefix = strlen(VERSION);

	for (size_t i = 0; i < s->count; i++, text += PLATFORM_SIGNER_ITEM) {
		sign_once(s, i, account, content, length, signature);
		memcpy(text, VERSION, prefix);
		sodium_bin2base64(text + prefix,
		    PLATFORM_SIGNER_ITEM + 1 - prefix, signature,
		    sizeof signature, sodium_base64_VARIANT_ORIGINAL);
	}
}

static struct slot *
slot_of(struct platform_signer *s, const unsigned char *hash)
{
	uint32_t head;

	memcpy(&head, hash, sizeof head);
	return &s->cache[head & (CACHE_SLOTS - 1)];
}

static bool
find_cached(struct platform_signer *s, const unsigned char *hash, char *text)
{
	struct slot *slot = slot_of(s, hash);
	bool found;

	pthread_mutex_lock(&s->cache_lock);
	found = slot->used &&
	    memcmp(slot->content, hash, sizeof slot->content) == 0;
	if (found)
		memcpy(text, slot->text, sizeof slot->text);
	pthread_mutex_unlock(&s->cache_lock);
	return found;
}

static void
store_cached(struct platform_signer *s, const unsigned char *hash,
    const char *text)
{
	struct slot *slot = slot_of(s, hash);

	pthread_mutex_lock(&s->cache_lock);
	slot->used = true;
	memcpy(slot->content, hash, sizeof slot->content);
	memcpy(slot->text, text, sizeof slot->text);
	pthread_mutex_unlock(&s->cache_lock);
}

void
platform_signer_write(struct platform_signer *s,
    const unsigned char account[ID_BYTES], const char *content, size_t length,
    char text[PLATFORM_SIGNER_TEXT_MAX])
{
	bool by_account = s->scope == SIGNING_ACCOUNT;
	unsigned char hash[crypto_generichash_BYTES];

	memset(text, 0, PLATFORM_SIGNER_TEXT_MAX);
	if (s->count == 0)
		return;
	crypto_generichash(hash, sizeof hash, (const unsigned char *)content,
	    length, by_account ? account : NULL, by_account ? ID_BYTES : 0);
	if (find_cached(s, hash, text))
		return;
	/* remembered before other keys can come, which forget all */
	pthread_rwlock_rdlock(&s->keys_lock);
	sign_content(s, account, content, length, text);
	store_cached(s, hash, text);
	pthread_rwlock_unlock(&s->keys_lock);
}
