/*
 * handle_oauth.h - handlers of OAuth's client credentials grant.
 *
 * POST /oauth/token (RFC 6749, 4.4), POST /oauth/revoke (RFC 7009) and
 * GET /.well-known/oauth-authorization-server (RFC 8414). They are served
 * outside the working hours too.
 */
#ifndef POSTERN_HANDLE_OAUTH_H
#define POSTERN_HANDLE_OAUTH_H

#include "common/compiler.h"

struct response;
struct request;
struct server;

void handle_oauth_token(struct server *server, struct request *request,
    struct response *response);
void handle_oauth_revoke(struct server *server, struct request *request,
    struct response *response);

/* NOT_FOUND when the server has no metadata (--issuer is not set). */
void handle_oauth_metadata(struct server *server, struct request *request,
    struct response *response);

/* The metadata of an issuer, to be freed; NULL when memory is short. */
MUST_CHECK char *oauth_metadata_make(const char *issuer);

#endif
