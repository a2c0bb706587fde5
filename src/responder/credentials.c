/* credentials.c - which OAuth client asks (RFC 6749, 2.3.1). */
#include "responder/credentials.h"

#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "common/text.h"

#define SCHEME "basic"
#define BASIC_MAX 512		/* bytes of base64; ours have 124 at most */

static bool
fill(struct credentials *c, const char *id, const char *secret)
{
	if (id == NULL || secret == NULL ||
	    strlen(id) != CREDENTIALS_ID_LENGTH)
		return false;
	snprintf(c->id, sizeof c->id, "%s", id);
	return token_client_hash(secret, strlen(secret), c->secret_hash);
}

/* user ":" password, decoded, to the credentials. */
static bool
fill_pair(struct credentials *c, const char *pair, size_t length)
{
	char id[BASIC_MAX + 1], secret[BASIC_MAX + 1];
	struct text rest = { pair, length };
	struct text user = text_take_until(&rest, ":");
	bool ok;

	if (!text_take_byte(&rest, ':'))
		return false;
	ok = fill(c, form_decode(user.start, user.length, id),
	    form_decode(rest.start, rest.length, secret));
	explicit_bzero(secret, sizeof secret);
	return ok;
}

static bool
read_basic(struct credentials *c, const char *authorization)
{
	struct text rest = { authorization, strlen(authorization) };
	char pair[BASIC_MAX + 1];
	size_t length;
	bool ok;

	if (!text_starts_with(rest, SCHEME " "))
		return false;
	rest.start += strlen(SCHEME);
	rest.start += strspn(rest.start, " ");
	rest.length = strlen(rest.start);
	ok = rest.length <= BASIC_MAX &&
	    sodium_base642bin((unsigned char *)pair, sizeof pair, rest.start,
		rest.length, NULL, &length, NULL,
		sodium_base64_VARIANT_ORIGINAL) == 0 &&
	    fill_pair(c, pair, length);
	explicit_bzero(pair, sizeof pair);
	return ok;
}

/* A field, or NULL: what is empty counts as left out (RFC 6749, 3.2). */
static const char *
field(const struct form *f, const char *name)
{
	const char *value = form_value(f, name);

	return value == NULL || *value == '\0' ? NULL : value;
}

enum credentials_result
credentials_read(struct credentials *c, const char *authorization,
    const struct form *f)
{
	const char *id = field(f, "client_id");
	const char *secret = field(f, "client_secret");

	if (*authorization == '\0')
		return fill(c, id, secret) ?
		    CREDENTIALS_OK : CREDENTIALS_WRONG;
	if (secret != NULL)
		return CREDENTIALS_TWICE;
	if (!read_basic(c, authorization))
		return CREDENTIALS_WRONG;
	/* an id beside them is common, and does no harm if it is the same */
	return id == NULL || strcmp(id, c->id) == 0 ?
	    CREDENTIALS_OK : CREDENTIALS_TWICE;
}
