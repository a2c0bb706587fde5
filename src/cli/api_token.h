/*
 * api_token.h - what a request to the API is authorised with.
 *
 * A token, or what an OAuth client gets for its id and secret (RFC 6749, 4.4).
 */
#ifndef POSTERN_API_TOKEN_H
#define POSTERN_API_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"

#include "cli/web.h"

#define API_TOKEN_MAX 256
#define API_TOKEN_FIELD_MAX (API_TOKEN_MAX + 32)

struct api_token {
	char token[API_TOKEN_MAX];     /* "": to be asked for */
	char basic[2 * API_TOKEN_MAX]; /* the client's header; "": none */
};

/*
 * From a file that others cannot read, "-" for standard input, or, for NULL,
 * the terminal. EXIT_SUCCESS, or the status to exit with; it is said why.
 */
MUST_CHECK int api_token_read(struct api_token *token, const char *path);

/*
 * The header field "Authorization: ...". A client's token is asked for if there
 * is none yet; false: reply is what came instead, or how that ended.
 */
MUST_CHECK bool api_token_field(struct api_token *token, struct web *web,
    const char *url, int stop, char field[API_TOKEN_FIELD_MAX],
    struct web_reply *reply);

/* The token is no longer good. Can there be another? */
MUST_CHECK bool api_token_expire(struct api_token *token);

/* End a token that was asked for: a client has ten at a time. */
void api_token_give_back(struct api_token *token, struct web *web,
    const char *url);

#endif
