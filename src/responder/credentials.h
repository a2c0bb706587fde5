/*
 * credentials.h - which OAuth client asks (RFC 6749, 2.3.1).
 *
 * Either Basic credentials, id and secret each encoded as in a form, or the
 * fields client_id and client_secret; never a secret in both. Pure; of the
 * secret nothing stays but its hash.
 */
#ifndef POSTERN_CREDENTIALS_H
#define POSTERN_CREDENTIALS_H

#include "common/token.h"
#include "responder/form.h"

#define CREDENTIALS_ID_LENGTH 36	/* a UUID in text */

struct credentials {
	char id[CREDENTIALS_ID_LENGTH + 1];
	unsigned char secret_hash[TOKEN_HASH_BYTES];
};

enum credentials_result {
	CREDENTIALS_OK,		/* both have their form; *c is filled */
	CREDENTIALS_WRONG,	/* missing, or no client has such */
	CREDENTIALS_TWICE	/* in both places */
};

/* authorization is that header's value; "" when there is none. */
enum credentials_result credentials_read(struct credentials *c,
    const char *authorization, const struct form *f);

#endif
