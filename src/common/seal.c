/* seal.c - secrets sealed so that only the delivery worker can open them. */
#include "common/seal.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

struct sealer {
	unsigned char key_id[SEAL_KEY_ID_BYTES];
	unsigned char recipient[SEAL_KEY_BYTES];
	pthread_mutex_t lock; /* guards the epoch */
	bool has_epoch;
	unsigned char ephemeral[SEAL_KEY_BYTES];
	unsigned char shared[crypto_box_BEFORENMBYTES];
};

struct opener {
	unsigned char key_id[SEAL_KEY_ID_BYTES];
	unsigned char secret_half[SEAL_KEY_BYTES];
};

static bool
public_half_of(const unsigned char *key,
    unsigned char half[KEYFILE_PUBLIC_BYTES])
{
	return crypto_scalarmult_base(half, key) == 0;
}

static const struct keyfile_kind public_kind = { .label = "postern-public-1",
	.prefix = "",
	.bytes = SEAL_KEY_BYTES };

static const struct keyfile_kind private_kind = { .label = "postern-private-1",
	.prefix = "",
	.bytes = SEAL_KEY_BYTES,
	.public_half = public_half_of };

struct sealer *
sealer_open(const char *path, char *why, size_t why_size)
{
	struct sealer *s = calloc(1, sizeof *s);

	if (s == NULL) {
		snprintf(why, why_size, "%s", strerror(errno));
		return NULL;
	}
	pthread_mutex_init(&s->lock, NULL);
	if (!keyfile_read(path, &public_kind, s->key_id, s->recipient, why,
		why_size)) {
		sealer_close(s);
		return NULL;
	}
	return s;
}

void
sealer_close(struct sealer *s)
{
	if (s == NULL)
		return;
	pthread_mutex_destroy(&s->lock);
	sodium_memzero(s, sizeof *s);
	free(s);
}

const unsigned char *
sealer_key_id(const struct sealer *s)
{
	return s->key_id;
}

static bool
begin_epoch(struct sealer *s)
{
	unsigned char secret_half[SEAL_KEY_BYTES];

	crypto_box_keypair(s->ephemeral, secret_half);
	s->has_epoch =
	    crypto_box_beforenm(s->shared, s->recipient, secret_half) == 0;
	sodium_memzero(secret_half, sizeof secret_half);
	return s->has_epoch;
}

bool
sealer_seal(struct sealer *s, const unsigned char secret[SECRET_BYTES],
    struct sealed *out)
{
	bool ok;

	memcpy(out->key_id, s->key_id, sizeof out->key_id);
	randombytes_buf(out->nonce, sizeof out->nonce);
	pthread_mutex_lock(&s->lock);
	ok = s->has_epoch || begin_epoch(s);
	if (ok) {
		memcpy(out->ephemeral, s->ephemeral, sizeof out->ephemeral);
		ok = crypto_box_easy_afternm(out->box, secret, SECRET_BYTES,
			 out->nonce, s->shared) == 0;
	}
	pthread_mutex_unlock(&s->lock);
	return ok;
}

void
sealer_forget(struct sealer *s)
{
	pthread_mutex_lock(&s->lock);
	s->has_epoch = false;
	sodium_memzero(s->shared, sizeof s->shared);
	pthread_mutex_unlock(&s->lock);
}

struct opener *
opener_open(const char *path, char *why, size_t why_size)
{
	struct opener *o = calloc(1, sizeof *o);

	if (o == NULL) {
		snprintf(why, why_size, "%s", strerror(errno));
		return NULL;
	}
	if (!keyfile_read(path, &private_kind, o->key_id, o->secret_half, why,
		why_size)) {
		opener_close(o);
		return NULL;
	}
	return o;
}

void
opener_close(struct opener *o)
{
	if (o == NULL)
		return;
	sodium_memzero(o, sizeof *o);
	free(o);
}

const unsigned char *
opener_key_id(const struct opener *o)
{
	return o->key_id;
}

bool
opener_open_secret(const struct opener *o, const struct sealed *sealed,
    unsigned char secret[SECRET_BYTES])
{
	return memcmp(sealed->key_id, o->key_id, sizeof o->key_id) == 0 &&
	    crypto_box_open_easy(secret, sealed->box, sizeof sealed->box,
		sealed->nonce, sealed->ephemeral, o->secret_half) == 0;
}

bool
seal_make_keys(const char *path, char *why, size_t why_size)
{
	unsigned char public_half[SEAL_KEY_BYTES], secret_half[SEAL_KEY_BYTES];
	const struct keyfile_pair pair = { &private_kind, &public_kind,
		secret_half, public_half };
	bool ok;

	if (sodium_init() == -1) {
		snprintf(why, why_size, "libsodium cannot be initialised");
		return false;
	}
	crypto_box_keypair(public_half, secret_half);
	ok = keyfile_write_pair(path, &pair, why, why_size);
	sodium_memzero(secret_half, sizeof secret_half);
	return ok;
}
