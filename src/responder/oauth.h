/*
 * oauth.h - access tokens for programs: OAuth's client credentials.
 *
 * POST /oauth/token (RFC 6749, 4.4), POST /oauth/revoke (RFC 7009) and
 * GET /.well-known/oauth-authorization-server (RFC 8414). They are open
 * outside the working hours too.
 */
#ifndef POSTERN_OAUTH_H
#define POSTERN_OAUTH_H

struct answer;
struct request;
struct service;

void oauth_token(struct service *service, struct request *request,
    struct answer *answer);
void oauth_revoke(struct service *service, struct request *request,
    struct answer *answer);

/* NOT_FOUND when the service has no metadata. */
void oauth_describe(struct service *service, struct request *request,
    struct answer *answer);

/* The metadata of an issuer, to be freed; NULL when memory is short. */
char *oauth_metadata(const char *issuer);

#endif
