/*
 * handle_oauth.h - access tokens for programs: OAuth's client credentials.
 *
 * POST /oauth/token (RFC 6749, 4.4), POST /oauth/revoke (RFC 7009) and
 * GET /.well-known/oauth-authorization-server (RFC 8414). They are open
 * outside the working hours too.
 */
#ifndef POSTERN_HANDLE_OAUTH_H
#define POSTERN_HANDLE_OAUTH_H

#include "common/compiler.h"

struct answer;
struct request;
struct server;

void handle_oauth_token(struct server *service, struct request *request,
    struct answer *answer);
void handle_oauth_revoke(struct server *service, struct request *request,
    struct answer *answer);

/* NOT_FOUND when the service has no metadata. */
void handle_oauth_metadata(struct server *service, struct request *request,
    struct answer *answer);

/* The metadata of an issuer, to be freed; NULL when memory is short. */
MUST_CHECK char *oauth_metadata_make(const char *issuer);

#endif
