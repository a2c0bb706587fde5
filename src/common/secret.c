/* secret.c - a webhook's signing secret: made, written out, and read. */
#include "common/secret.h"

#include <string.h>

#include <sodium.h>

#define PREFIX "whsec_"
#define READ_LEAST 24

void
secret_make(unsigned char secret[SECRET_BYTES])
{
	randombytes_buf(secret, SECRET_BYTES);
}

void
secret_text(const unsigned char secret[SECRET_BYTES],
    char text[SECRET_TEXT_LENGTH + 1])
{
	size_t prefix = strlen(PREFIX);

	memcpy(text, PREFIX, prefix);
	sodium_bin2base64(text + prefix, SECRET_TEXT_LENGTH + 1 - prefix,
	    secret, SECRET_BYTES, sodium_base64_VARIANT_ORIGINAL);
}

/* What is easily taken for a secret. */
static const struct {
	const char *prefix, *wrong;
} others[] = {
	{ "pst_", "it is an access token, not a webhook's apiSecretKey" },
	{ "pcs_", "it is an OAuth client's secret, not a webhook's" },
	{ "whpk_", "it is a public key: it verifies v1a signatures" },
	{ "whsk_", "it is a private signing key, not a webhook's secret" },
};

const char *
secret_read(struct text text, unsigned char bytes[SECRET_READ_MAX],
    size_t *length)
{
	const char *end;

	if (text.length == 0)
		return "it is empty";
	for (size_t i = 0; i < COUNT(others); i++)
		if (text_starts_with(text, others[i].prefix))
			return others[i].wrong;
	if (text_starts_with(text, PREFIX)) {
		text.start += strlen(PREFIX);
		text.length -= strlen(PREFIX);
	}
	if (text.length > 4 * (SECRET_READ_MAX + 2) / 3)
		return "it is too long: it has over 64 bytes";
	if (sodium_base642bin(bytes, SECRET_READ_MAX, text.start, text.length,
		NULL, length, &end, sodium_base64_VARIANT_ORIGINAL) != 0)
		return text.length % 4 != 0
		    ? "it is cut short: base64 comes in groups of four "
		      "characters"
		    : "what follows whsec_ is not base64";
	if (end != text.start + text.length)
		return "what follows whsec_ is not base64";
	return *length < READ_LEAST ? "it is too short: it has under 24 bytes"
				    : NULL;
}
