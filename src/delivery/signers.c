/* signers.c - signs what is sent with the platform's own keys. */
#include "delivery/signers.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "common/signer.h"

#define VERSION " v1a,"
#define SLOTS 256		/* a power of two */

/* One place for each hash: newer content takes an older one's. */
struct slot {
	bool used;
	unsigned char content[crypto_generichash_BYTES];
	char text[SIGNERS_TEXT_MAX];
};

struct signers {
	char *const *paths;
	size_t count;
	pthread_mutex_t lock;		/* guards the rest */
	struct signer *keys[SIGNERS_MAX];
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
	pthread_mutex_lock(&s->lock);
	memcpy(old, s->keys, sizeof old);
	memcpy(s->keys, keys, sizeof keys);
	memset(s->slots, 0, sizeof s->slots);
	pthread_mutex_unlock(&s->lock);
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
	pthread_mutex_init(&s->lock, NULL);
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
	pthread_mutex_destroy(&s->lock);
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

void
signers_write(struct signers *s, const char *content, size_t length,
    char text[SIGNERS_TEXT_MAX])
{
	unsigned char hash[crypto_generichash_BYTES];
	struct slot *slot;

	*text = '\0';
	if (s->count == 0)
		return;
	crypto_generichash(hash, sizeof hash, (const unsigned char *)content,
	    length, NULL, 0);
	slot = &s->slots[hash[0] & (SLOTS - 1)];
	pthread_mutex_lock(&s->lock);
	if (!slot->used || memcmp(slot->content, hash, sizeof hash) != 0) {
		slot->used = true;
		memcpy(slot->content, hash, sizeof hash);
		sign(s, content, length, slot->text);
	}
	memcpy(text, slot->text, sizeof slot->text);
	pthread_mutex_unlock(&s->lock);
}
