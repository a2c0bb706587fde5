/* keyfile.c - key files: one half of a key pair, as a line of text. */
#include "common/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#define ID_TEXT (2 * KEYFILE_ID_BYTES)
#define BASE64_SIZE 92 /* of 64 bytes, with a NUL */
#define LINE_MAX_BYTES 160

static void
make_pair_id(unsigned char id[KEYFILE_ID_BYTES],
    const unsigned char public_half[KEYFILE_PUBLIC_BYTES])
{
	unsigned char hash[crypto_generichash_BYTES_MIN];

	crypto_generichash(hash, sizeof hash, public_half, KEYFILE_PUBLIC_BYTES,
	    NULL, 0);
	memcpy(id, hash, KEYFILE_ID_BYTES);
}

/* Step over text, which must come next. */
static bool
skip_text(const char **line, const char *text)
{
	size_t n = strlen(text);

	if (strncmp(*line, text, n) != 0)
		return false;
	*line += n;
	return true;
}

/* Strict; that the id is this key's own is checked by the caller. */
static bool
parse_line(const char *line, const struct keyfile_kind *kind,
    unsigned char id[KEYFILE_ID_BYTES], unsigned char *key)
{
	const char *end;
	size_t got;

	if (!skip_text(&line, kind->label) || !skip_text(&line, " ") ||
	    sodium_hex2bin(id, KEYFILE_ID_BYTES, line, strnlen(line, ID_TEXT),
		NULL, &got, NULL) != 0 ||
	    got != KEYFILE_ID_BYTES)
		return false;
	line += ID_TEXT;
	if (!skip_text(&line, " ") || !skip_text(&line, kind->prefix) ||
	    sodium_base642bin(key, kind->bytes, line, strlen(line), NULL, &got,
		&end, sodium_base64_VARIANT_ORIGINAL) != 0)
		return false;
	return got == kind->bytes && (strcmp(end, "\n") == 0 || *end == '\0');
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
		snprintf(why, why_size,
		    "%s: others can read this private "
		    "key: chmod 600 it",
		    path);
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

static bool
is_own_id(const struct keyfile_kind *kind,
    const unsigned char id[KEYFILE_ID_BYTES], const unsigned char *key)
{
	unsigned char own[KEYFILE_ID_BYTES], half[KEYFILE_PUBLIC_BYTES];

	if (kind->public_half == NULL)
		memcpy(half, key, sizeof half);
	else if (!kind->public_half(key, half))
		return false;
	make_pair_id(own, half);
	return memcmp(own, id, sizeof own) == 0;
}

bool
keyfile_read(const char *path, const struct keyfile_kind *kind,
    unsigned char id[KEYFILE_ID_BYTES], unsigned char *key, char *why,
    size_t why_size)
{
	char line[LINE_MAX_BYTES + 1];
	bool ok = false;

	if (sodium_init() == -1) {
		snprintf(why, why_size, "libsodium cannot be initialised");
		return false;
	}
	if (!read_line(path, kind->public_half != NULL, line, why, why_size))
		return false;
	if (!parse_line(line, kind, id, key)) {
		snprintf(why, why_size,
		    "%s: not a line \"%s ID %sBASE64\": "
		    "make a key pair with postern-keygen",
		    path, kind->label, kind->prefix);
		goto out;
	}
	ok = is_own_id(kind, id, key);
	if (!ok)
		snprintf(why, why_size,
		    "%s: the id is not this key's: the "
		    "file is damaged, copy it again",
		    path);
out:
	sodium_memzero(line, sizeof line);
	return ok;
}

static bool
write_half(const char *path, const struct keyfile_kind *kind,
    const unsigned char id[KEYFILE_ID_BYTES], const unsigned char *key,
    char *why, size_t why_size)
{
	char hex[ID_TEXT + 1], base64[BASE64_SIZE], line[LINE_MAX_BYTES];
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
	    kind->public_half == NULL ? 0644 : 0600);
	int n;
	bool ok;

	if (fd == -1) {
		snprintf(why, why_size, "%s: %s", path, strerror(errno));
		return false;
	}
	sodium_bin2hex(hex, sizeof hex, id, KEYFILE_ID_BYTES);
	sodium_bin2base64(base64, sizeof base64, key, kind->bytes,
	    sodium_base64_VARIANT_ORIGINAL);
	n = snprintf(line, sizeof line, "%s %s %s%s\n", kind->label, hex,
	    kind->prefix, base64);
	ok = write(fd, line, (size_t)n) == n && fsync(fd) == 0;
	if (!ok)
		snprintf(why, why_size, "%s: %s", path, strerror(errno));
	sodium_memzero(line, sizeof line);
	sodium_memzero(base64, sizeof base64);
	close(fd);
	return ok;
}

bool
keyfile_write_pair(const char *path, const struct keyfile_pair *pair, char *why,
    size_t why_size)
{
	unsigned char id[KEYFILE_ID_BYTES];
	char public_path[4096];
	bool ok;

	if (snprintf(public_path, sizeof public_path, "%s.pub", path) >=
	    (int)sizeof public_path) {
		snprintf(why, why_size, "the path is too long");
		return false;
	}
	make_pair_id(id, pair->public_half);
	if (!write_half(path, pair->private_kind, id, pair->private_half, why,
		why_size))
		return false;
	ok = write_half(public_path, pair->public_kind, id, pair->public_half,
	    why, why_size);
	if (!ok)
		unlink(path);
	return ok;
}
