/* seal.c - secrets sealed so that only the delivery worker can open them. */
#include "common/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#define PUBLIC_LABEL "postern-public-1"
#define PRIVATE_LABEL "postern-private-1"
#define ID_TEXT (2 * SEAL_KEY_ID_BYTES)
#define LINE_MAX_BYTES 128

struct sealer {
	unsigned char key_id[SEAL_KEY_ID_BYTES];
	unsigned char recipient[SEAL_KEY_BYTES];
	pthread_mutex_t lock;		/* guards the epoch */
	bool has_epoch;
	unsigned char ephemeral[SEAL_KEY_BYTES];
	unsigned char shared[crypto_box_BEFORENMBYTES];
};

struct opener {
	unsigned char key_id[SEAL_KEY_ID_BYTES];
	unsigned char secret_half[SEAL_KEY_BYTES];
};

static void
key_id(unsigned char id[SEAL_KEY_ID_BYTES],
    const unsigned char public_half[SEAL_KEY_BYTES])
{
	unsigned char hash[crypto_generichash_BYTES_MIN];

	crypto_generichash(hash, sizeof hash, public_half, SEAL_KEY_BYTES,
	    NULL, 0);
	memcpy(id, hash, SEAL_KEY_ID_BYTES);
}

/* "LABEL ID BASE64\n", strictly; the id is checked by the caller. */
static bool
parse_line(const char *line, const char *label,
    unsigned char id[SEAL_KEY_ID_BYTES], unsigned char key[SEAL_KEY_BYTES])
{
	size_t n = strlen(label), got;
	const char *end;

	if (strncmp(line, label, n) != 0 || line[n] != ' ')
		return false;
	line += n + 1;
	if (sodium_hex2bin(id, SEAL_KEY_ID_BYTES, line, ID_TEXT, NULL, &got,
	    NULL) != 0 || got != SEAL_KEY_ID_BYTES || line[ID_TEXT] != ' ')
		return false;
	line += ID_TEXT + 1;
	if (sodium_base642bin(key, SEAL_KEY_BYTES, line, strlen(line), NULL,
	    &got, &end, sodium_base64_VARIANT_ORIGINAL) != 0)
		return false;
	return got == SEAL_KEY_BYTES &&
	    (strcmp(end, "\n") == 0 || *end == '\0');
}

static bool
read_line(const char *path, bool private_half, char line[LINE_MAX_BYTES + 1],
    char *why, size_t why_size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;
	bool ok = false;
	ssize_t n;

	if (fd == -1 || fstat(fd, &st) == -1) {
		snprintf(why, why_size, "%s: %s", path, strerror(errno));
		goto out;
	}
	if (private_half && (st.st_mode & 077) != 0) {
		snprintf(why, why_size, "%s: others can read this private "
		    "key: chmod 600 it", path);
		goto out;
	}
	n = read(fd, line, LINE_MAX_BYTES);
	if (n == -1) {
		snprintf(why, why_size, "%s: %s", path, strerror(errno));
		goto out;
	}
	line[n] = '\0';
	ok = true;
out:
	if (fd != -1)
		close(fd);
	return ok;
}

/* Read one half of a key pair; the id in the file must be the key's own. */
static bool
read_key(const char *path, const char *label,
    unsigned char id[SEAL_KEY_ID_BYTES], unsigned char key[SEAL_KEY_BYTES],
    char *why, size_t why_size)
{
	bool private_half = strcmp(label, PRIVATE_LABEL) == 0;
	unsigned char own[SEAL_KEY_ID_BYTES], public_half[SEAL_KEY_BYTES];
	char line[LINE_MAX_BYTES + 1];
	bool ok = false;

	if (sodium_init() == -1) {
		snprintf(why, why_size, "libsodium cannot start");
		return false;
	}
	if (!read_line(path, private_half, line, why, why_size))
		return false;
	if (!parse_line(line, label, id, key)) {
		snprintf(why, why_size, "%s: not a line \"%s ID BASE64\": make "
		    "a key pair with postern-responder --new-key", path, label);
		goto out;
	}
	if (private_half)
		crypto_scalarmult_base(public_half, key);
	else
		memcpy(public_half, key, SEAL_KEY_BYTES);
	key_id(own, public_half);
	ok = memcmp(own, id, sizeof own) == 0;
	if (!ok)
		snprintf(why, why_size, "%s: the id is not this key's: the "
		    "file is damaged, copy it again", path);
out:
	sodium_memzero(line, sizeof line);
	return ok;
}

struct sealer *
sealer_open(const char *path, char *why, size_t why_size)
{
	struct sealer *s = calloc(1, sizeof *s);

	if (s == NULL) {
		snprintf(why, why_size, "%s", strerror(errno));
		return NULL;
	}
	pthread_mutex_init(&s->lock, NULL);
	if (!read_key(path, PUBLIC_LABEL, s->key_id, s->recipient, why,
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
	s->has_epoch = crypto_box_beforenm(s->shared, s->recipient,
	    secret_half) == 0;
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
	if (!read_key(path, PRIVATE_LABEL, o->key_id, o->secret_half, why,
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

static bool
write_key(const char *path, mode_t mode, const char *label,
    const unsigned char id[SEAL_KEY_ID_BYTES],
    const unsigned char key[SEAL_KEY_BYTES], char *why, size_t why_size)
{
	char hex[ID_TEXT + 1], base64[48], line[LINE_MAX_BYTES];
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	int n;
	bool ok;

	if (fd == -1) {
		snprintf(why, why_size, "%s: %s", path, strerror(errno));
		return false;
	}
	sodium_bin2hex(hex, sizeof hex, id, SEAL_KEY_ID_BYTES);
	sodium_bin2base64(base64, sizeof base64, key, SEAL_KEY_BYTES,
	    sodium_base64_VARIANT_ORIGINAL);
	n = snprintf(line, sizeof line, "%s %s %s\n", label, hex, base64);
	ok = write(fd, line, (size_t)n) == n && fsync(fd) == 0;
	if (!ok)
		snprintf(why, why_size, "%s: %s", path, strerror(errno));
	sodium_memzero(line, sizeof line);
	sodium_memzero(base64, sizeof base64);
	close(fd);
	return ok;
}

bool
seal_make_keys(const char *path, char *why, size_t why_size)
{
	unsigned char public_half[SEAL_KEY_BYTES], secret_half[SEAL_KEY_BYTES];
	unsigned char id[SEAL_KEY_ID_BYTES];
	char public_path[4096];
	bool ok = false;

	if (sodium_init() == -1) {
		snprintf(why, why_size, "libsodium cannot start");
		return false;
	}
	if (snprintf(public_path, sizeof public_path, "%s.pub", path) >=
	    (int)sizeof public_path) {
		snprintf(why, why_size, "the path is too long");
		return false;
	}
	crypto_box_keypair(public_half, secret_half);
	key_id(id, public_half);
	if (!write_key(path, 0600, PRIVATE_LABEL, id, secret_half, why,
	    why_size))
		goto out;
	ok = write_key(public_path, 0644, PUBLIC_LABEL, id, public_half, why,
	    why_size);
	if (!ok)
		unlink(path);
out:
	sodium_memzero(secret_half, sizeof secret_half);
	return ok;
}
