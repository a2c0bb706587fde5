/*
 * client_auth.h - OAuth client authentication (RFC 6749, 2.3.1).
 *
 * Either Basic credentials, id and secret each encoded as in a form, or the
 * fields client_id and client_secret; never a secret in both. Pure; of the
 * secret nothing stays but its hash.
 */
#ifndef POSTERN_CLIENT_AUTH_H
#define POSTERN_CLIENT_AUTH_H

#include "common/compiler.h"
#include "responder/credential.h"
#include "responder/urlencoded.h"

#define CLIENT_AUTH_ID_LENGTH 36 /* a UUID in text */

struct client_auth {
	char id[CLIENT_AUTH_ID_LENGTH + 1];
	unsigned char secret_hash[CREDENTIAL_HASH_BYTES];
};

enum client_auth_result {
	CLIENT_AUTH_OK,    /* both have their form; *c is filled */
	CLIENT_AUTH_WRONG, /* missing, or no possible credentials */
	CLIENT_AUTH_TWICE  /* in both places */
};

/* authorization is that header's value; "" when there is none. */
MUST_CHECK enum client_auth_result client_auth_read(struct client_auth *c,
    const char *authorization, const struct urlencoded *form);

#endif
