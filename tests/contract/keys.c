/* keys.c - the private half of the sealing key, used as the worker will. */
#include "keys.h"

#include <string.h>

#include <criterion/criterion.h>
#include <sodium.h>

#include "common/seal.h"
#include "common/secret.h"

#include "site.h"

static const struct opener *
opener(void)
{
	static struct opener *o;
	char path[PATH_ROOM], why[512] = "";

	if (o != NULL)
		return o;
	cr_assert(sodium_init() >= 0, "libsodium");
	site_path(path, "keys/seal");
	o = opener_open(path, why, sizeof why);
	cr_assert_not_null(o, "%s: %s", path, why);
	return o;
}

/* A bytea as text: \x and hexadecimal digits. */
static bool
bytes_of(const char *text, unsigned char *bytes, size_t length)
{
	size_t n = 0;

	return strncmp(text, "\\x", 2) == 0 &&
	    sodium_hex2bin(bytes, length, text + 2, strlen(text + 2), NULL, &n,
		NULL) == 0 &&
	    n == length;
}

bool
key_open(const PGresult *r, int row, int column, char key[KEY_TEXT_MAX])
{
	unsigned char secret[SECRET_READ_MAX];
	const struct opener *o = opener();
	struct sealed s = { .box_length = SEAL_BOX_BYTES };
	bool opened =
	    bytes_of(PQgetvalue(r, row, column), s.key_id, sizeof s.key_id) &&
	    bytes_of(PQgetvalue(r, row, column + 1), s.ephemeral,
		sizeof s.ephemeral) &&
	    bytes_of(PQgetvalue(r, row, column + 2), s.nonce, sizeof s.nonce) &&
	    bytes_of(PQgetvalue(r, row, column + 3), s.box, s.box_length) &&
	    opener_open_secret(o, &s, secret);

	if (opened)
		secret_text(secret, key);
	return opened;
}
