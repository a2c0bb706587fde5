/* signers.c - signs what is sent with the platform's own keys. */
#include "delivery/signers.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "common/signer.h"

#define VERSION " v1a,"
#define SLOTS 4096		/* a power of two; many times what is in hand */

/* One place for each hash: newer content takes an older one's. */
struct slot {
	bool used;
	unsigned char content[crypto_generichash_BYTES];
	char text[SIGNERS_TEXT_MAX];
};

struct signers {
	char *const *paths;
	size_t count;
	pthread_rwlock_t keys_lock;	/* the first to be taken */
	struct signer *keys[SIGNERS_MAX];
	pthread_mutex_t slots_lock;
	struct slot slots[SLOTS];
};

static void
close_keys(struct signer **keys)
{
	for (size_t i = 0; i < SIGNERS_MAX; i++)
		signer_close(keys[i]);
}

bool
signers_reload(struct signers *s, char *why, size_t why_size)
{
	struct signer *keys[SIGNERS_MAX] = { NULL }, *old[SIGNERS_MAX];

	for (size_t i = 0; i < s->count; i++) {
		keys[i] = signer_open(s->paths[i], why, why_size);
		if (keys[i] == NULL) {
			close_keys(keys);
			return false;
		}
	}
	pthread_rwlock_wrlock(&s->keys_lock);
	memcpy(old, s->keys, sizeof old);
	memcpy(s->keys, keys, sizeof keys);
	pthread_mutex_lock(&s->slots_lock);
	memset(s->slots, 0, sizeof s->slots);
	pthread_mutex_unlock(&s->slots_lock);
	pthread_rwlock_unlock(&s->keys_lock);
	close_keys(old);
	return true;
}

struct signers *
signers_open(char *const *paths, size_t count, char *why, size_t why_size)
{
	struct signers *s = calloc(1, sizeof *s);

	if (s == NULL) {
		snprintf(why, why_size, "out of memory");
		return NULL;
	}
	s->paths = paths;
	s->count = count;
	pthread_rwlock_init(&s->keys_lock, NULL);
	pthread_mutex_init(&s->slots_lock, NULL);
	if (signers_reload(s, why, why_size))
		return s;
	signers_close(s);
	return NULL;
}

void
signers_close(struct signers *s)
{
	if (s == NULL)
		return;
	close_keys(s->keys);
	pthread_mutex_destroy(&s->slots_lock);
	pthread_rwlock_destroy(&s->keys_lock);
	free(s);
}

size_t
signers_count(const struct signers *s)
{
	return s->count;
}

const unsigned char *
signers_id(const struct signers *s, size_t i)
{
	return signer_id(s->keys[i]);
}

static void
sign(const struct signers *s, const char *content, size_t length, char *text)
{
	unsigned char signature[SIGNER_SIGNATURE_BYTES];
	size_t prefix = strlen(VERSION);

	for (size_t i = 0; i < s->count; i++, text += SIGNERS_ITEM) {
		signer_sign(s->keys[i], content, length, signature);
		memcpy(text, VERSION, prefix);
		sodium_bin2base64(text + prefix, SIGNERS_ITEM + 1 - prefix,
		    signature, sizeof signature,
		    sodium_base64_VARIANT_ORIGINAL);
	}
}

static struct slot *
slot_of(struct signers *s, const unsigned char *hash)
{
	uint32_t head;

	memcpy(&head, hash, sizeof head);
	return &s->slots[head & (SLOTS - 1)];
}

static bool
recall(struct signers *s, const unsigned char *hash, char *text)
{
	struct slot *slot = slot_of(s, hash);
	bool found;

	pthread_mutex_lock(&s->slots_lock);
	found = slot->used &&
	    memcmp(slot->content, hash, sizeof slot->content) == 0;
	if (found)
		memcpy(text, slot->text, sizeof slot->text);
	pthread_mutex_unlock(&s->slots_lock);
	return found;
}

static void
remember(struct signers *s, const unsigned char *hash, const char *text)
{
	struct slot *slot = slot_of(s, hash);

	pthread_mutex_lock(&s->slots_lock);
	slot->used = true;
	memcpy(slot->content, hash, sizeof slot->content);
	memcpy(slot->text, text, sizeof slot->text);
	pthread_mutex_unlock(&s->slots_lock);
}

void
signers_write(struct signers *s, const char *content, size_t length,
    char text[SIGNERS_TEXT_MAX])
{
	unsigned char hash[crypto_generichash_BYTES];

	memset(text, 0, SIGNERS_TEXT_MAX);
	if (s->count == 0)
		return;
	crypto_generichash(hash, sizeof hash, (const unsigned char *)content,
	    length, NULL, 0);
	if (recall(s, hash, text))
		return;
	/* remembered before other keys can come, which forget all */
	pthread_rwlock_rdlock(&s->keys_lock);
	sign(s, content, length, text);
	remember(s, hash, text);
	pthread_rwlock_unlock(&s->keys_lock);
}
