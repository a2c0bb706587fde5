/* client_auth.c - OAuth client authentication (RFC 6749, 2.3.1). */
#include "responder/client_auth.h"

#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "common/text.h"

#define SCHEME "basic"
#define BASIC_MAX 512 /* bytes of base64; ours have 124 at most */

static bool
set_client(struct client_auth *c, const char *id, const char *secret)
{
	if (id == NULL || secret == NULL || strlen(id) != CLIENT_AUTH_ID_LENGTH)
		return false;
	snprintf(c->id, sizeof c->id, "%s", id);
	return credential_hash_client_secret(secret, strlen(secret),
	    c->secret_hash);
}

/* user ":" password, decoded, to the credentials. */
static bool
split_pair(struct client_auth *c, const char *pair, size_t length)
{
	char id[BASIC_MAX + 1], secret[BASIC_MAX + 1];
	struct text rest = { pair, length };
	struct text user = text_take_until(&rest, ":");
	bool ok;

	if (!text_take_byte(&rest, ':'))
		return false;
	ok = set_client(c, urlencoded_decode(user.start, user.length, id),
	    urlencoded_decode(rest.start, rest.length, secret));
	explicit_bzero(secret, sizeof secret);
	return ok;
}

static bool
read_basic(struct client_auth *c, const char *authorization)
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
	    split_pair(c, pair, length);
	explicit_bzero(pair, sizeof pair);
	return ok;
}

enum client_auth_result
client_auth_read(struct client_auth *c, const char *authorization,
    const struct urlencoded *form)
{
	const char *id = urlencoded_nonempty(form, "client_id");
	const char *secret = urlencoded_nonempty(form, "client_secret");

	if (*authorization == '\0')
		return set_client(c, id, secret) ? CLIENT_AUTH_OK
						 : CLIENT_AUTH_WRONG;
	if (secret != NULL)
		return CLIENT_AUTH_TWICE;
	if (!read_basic(c, authorization))
		return CLIENT_AUTH_WRONG;
	/* an id beside them is common, and does no harm if it is the same */
	return id == NULL || strcmp(id, c->id) == 0 ? CLIENT_AUTH_OK
						    : CLIENT_AUTH_TWICE;
}
