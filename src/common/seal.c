/* seal.c - secrets sealed so that only the delivery worker can open them. */
#include "common/seal.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

struct sealer {
	const char *path;
	pthread_mutex_t lock; /* guards all below */
	unsigned char key_id[SEAL_KEY_ID_BYTES];
	unsigned char recipient[SEAL_KEY_BYTES];
	bool has_epoch;
	unsigned char ephemeral[SEAL_KEY_BYTES];
	unsigned char shared[crypto_box_BEFORENMBYTES];
};

struct opener {
	unsigned char key_id[SEAL_KEY_ID_BYTES];
	unsigned char secret_half[SEAL_KEY_BYTES];
};

static bool
derive_public_half(const unsigned char *key,
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
	.public_half = derive_public_half };

struct sealer *
sealer_open(const char *path, char *why, size_t why_size)
{
	struct sealer *sealer = calloc(1, sizeof *sealer);

	if (sealer == NULL) {
		snprintf(why, why_size, "%s", strerror(errno));
		return NULL;
	}
	pthread_mutex_init(&sealer->lock, NULL);
	sealer->path = path;
	if (!keyfile_read(path, &public_kind, sealer->key_id, sealer->recipient,
		why, why_size)) {
		sealer_close(sealer);
		return NULL;
	}
	return sealer;
}

void
sealer_close(struct sealer *sealer)
{
	if (sealer == NULL)
		return;
	pthread_mutex_destroy(&sealer->lock);
	sodium_memzero(sealer, sizeof *sealer);
	free(sealer);
}

const unsigned char *
sealer_key_id(const struct sealer *sealer)
{
	return sealer->key_id;
}

static bool
begin_epoch(struct sealer *sealer)
{
	unsigned char secret_half[SEAL_KEY_BYTES];

	crypto_box_keypair(sealer->ephemeral, secret_half);
	sealer->has_epoch = crypto_box_beforenm(sealer->shared,
				sealer->recipient, secret_half) == 0;
	sodium_memzero(secret_half, sizeof secret_half);
	return sealer->has_epoch;
}

/* Where the parts of what is sealed go. */
struct parts {
	unsigned char *key_id, *ephemeral, *nonce, *box;
};

static bool
seal_bytes(struct sealer *sealer, const unsigned char *bytes, size_t size,
    struct parts to)
{
	bool ok;

	randombytes_buf(to.nonce, SEAL_NONCE_BYTES);
	pthread_mutex_lock(&sealer->lock);
	memcpy(to.key_id, sealer->key_id, SEAL_KEY_ID_BYTES);
	ok = sealer->has_epoch || begin_epoch(sealer);
	if (ok) {
		memcpy(to.ephemeral, sealer->ephemeral, SEAL_KEY_BYTES);
		ok = crypto_box_easy_afternm(to.box, bytes, size, to.nonce,
			 sealer->shared) == 0;
	}
	pthread_mutex_unlock(&sealer->lock);
	return ok;
}

bool
sealer_seal(struct sealer *sealer, const unsigned char *secret, size_t length,
    struct sealed *out)
{
	unsigned char filled[SECRET_READ_MAX] = { 0 };
	size_t size = length > SECRET_BYTES ? SECRET_READ_MAX : SECRET_BYTES;
	bool ok;

	memcpy(filled, secret, length);
	out->box_length = size + SEAL_MAC_BYTES;
	ok = seal_bytes(sealer, filled, size,
	    (struct parts){ out->key_id, out->ephemeral, out->nonce,
		out->box });
	sodium_memzero(filled, sizeof filled);
	return ok;
}

bool
sealer_seal_text(struct sealer *sealer, struct text text,
    struct sealed_text *out)
{
	unsigned char filled[SEAL_TEXT_MAX] = { 0 };
	size_t steps = (text.length + SEAL_TEXT_STEP - 1) / SEAL_TEXT_STEP;
	size_t size = steps * SEAL_TEXT_STEP;
	bool ok;

	memcpy(filled, text.start, text.length);
	out->box_length = size + SEAL_MAC_BYTES;
	ok = seal_bytes(sealer, filled, size,
	    (struct parts){ out->key_id, out->ephemeral, out->nonce,
		out->box });
	sodium_memzero(filled, text.length);
	return ok;
}

/* Called with the lock held. */
static void
end_epoch(struct sealer *sealer)
{
	sealer->has_epoch = false;
	sodium_memzero(sealer->shared, sizeof sealer->shared);
}

void
sealer_forget(struct sealer *sealer)
{
	pthread_mutex_lock(&sealer->lock);
	end_epoch(sealer);
	pthread_mutex_unlock(&sealer->lock);
}

bool
sealer_reload(struct sealer *sealer,
    bool (*accepts)(void *arg, const unsigned char key_id[KEYFILE_ID_BYTES],
	char *why, size_t why_size),
    void *arg, char *why, size_t why_size)
{
	unsigned char key_id[SEAL_KEY_ID_BYTES], recipient[SEAL_KEY_BYTES];

	if (!keyfile_read(sealer->path, &public_kind, key_id, recipient, why,
		why_size) ||
	    !accepts(arg, key_id, why, why_size))
		return false;
	pthread_mutex_lock(&sealer->lock);
	memcpy(sealer->key_id, key_id, sizeof key_id);
	memcpy(sealer->recipient, recipient, sizeof recipient);
	end_epoch(sealer);
	pthread_mutex_unlock(&sealer->lock);
	return true;
}

struct opener *
opener_open(const char *path, char *why, size_t why_size)
{
	struct opener *opener = calloc(1, sizeof *opener);

	if (opener == NULL) {
		snprintf(why, why_size, "%s", strerror(errno));
		return NULL;
	}
	if (!keyfile_read(path, &private_kind, opener->key_id,
		opener->secret_half, why, why_size)) {
		opener_close(opener);
		return NULL;
	}
	return opener;
}

void
opener_close(struct opener *opener)
{
	if (opener == NULL)
		return;
	sodium_memzero(opener, sizeof *opener);
	free(opener);
}

const unsigned char *
opener_key_id(const struct opener *opener)
{
	return opener->key_id;
}

bool
opener_open_secret(const struct opener *opener, const struct sealed *sealed,
    unsigned char secret[SECRET_READ_MAX])
{
	sodium_memzero(secret, SECRET_READ_MAX);
	return memcmp(sealed->key_id, opener->key_id, sizeof opener->key_id) ==
	    0 &&
	    crypto_box_open_easy(secret, sealed->box, sealed->box_length,
		sealed->nonce, sealed->ephemeral, opener->secret_half) == 0;
}

bool
opener_open_text(const struct opener *opener, const struct sealed_text *sealed,
    char text[SEAL_TEXT_MAX + 1])
{
	memset(text, 0, SEAL_TEXT_MAX + 1);
	return sealed->box_length > SEAL_MAC_BYTES &&
	    sealed->box_length <= SEAL_TEXT_BOX_MAX &&
	    memcmp(sealed->key_id, opener->key_id, sizeof opener->key_id) ==
	    0 &&
	    crypto_box_open_easy((unsigned char *)text, sealed->box,
		sealed->box_length, sealed->nonce, sealed->ephemeral,
		opener->secret_half) == 0;
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
