/* handle_oauth.c - access tokens for programs: OAuth's client credentials. */
#include "responder/handle_oauth.h"

#include <stdio.h>
#include <string.h>

#include "responder/client_auth.h"
#include "responder/response.h"
#include "responder/request.h"
#include "responder/server.h"

/* The first parameters of both functions, and the third of each. */
enum parameter { CLIENT, SECRET_HASH, SCOPE, PARAMETERS };
enum { TOKEN = SCOPE };

enum column { OUTCOME, BODY, COLUMNS };

static const char token_sql[] =
    "SELECT outcome, body FROM postern.oauth_token($1::pg_catalog.text, "
    "$2::pg_catalog.bytea, $3::pg_catalog.text)";

static const char revoke_sql[] =
    "SELECT postern.oauth_revoke($1::pg_catalog.text, "
    "$2::pg_catalog.bytea, $3::pg_catalog.bytea), NULL";

static const char metadata[] =
    "{\"issuer\":\"%s\","
    "\"token_endpoint\":\"%s/oauth/token\","
    "\"token_endpoint_auth_methods_supported\":"
    "[\"client_secret_basic\",\"client_secret_post\"],"
    "\"revocation_endpoint\":\"%s/oauth/revoke\","
    "\"revocation_endpoint_auth_methods_supported\":"
    "[\"client_secret_basic\",\"client_secret_post\"],"
    "\"grant_types_supported\":[\"client_credentials\"],"
    "\"response_types_supported\":[],"
    "\"scopes_supported\":[\"webhooks:read\",\"webhooks:write\"]}";

/* A request in hand. The fields and the credentials end with it. */
struct asked {
	struct urlencoded form;
	struct client_auth client;
	char room[REQUEST_BODY_MAX + 1];
};

/* A parameter; NULL: left out, or empty, which is the same (3.2). */
static const char *
parameter(const struct asked *asked, const char *name)
{
	const char *value = urlencoded_value(&asked->form, name);

	return value == NULL || *value == '\0' ? NULL : value;
}

static enum outcome
refuse(struct answer *answer, const char *text)
{
	answer->text = text;
	return OUTCOME_INVALID_REQUEST;
}

/* Who asks, and what: NONE, or what is wrong with it. */
static enum outcome
take(struct asked *asked, struct request *request, struct answer *answer)
{
	enum outcome o = request_read_form(request);

	if (o != OUTCOME_NONE)
		return o;
	switch (urlencoded_parse(&asked->form, request->body,
	    request->body_length, asked->room)) {
	case URLENCODED_OK:
		break;
	case URLENCODED_MALFORMED:
		return OUTCOME_INVALID_REQUEST;
	case URLENCODED_REPEATED:
		return refuse(answer, "A parameter stands there twice.");
	}
	switch (client_auth_read(&asked->client,
	    request_header(request, "HTTP_AUTHORIZATION"), &asked->form)) {
	case CLIENT_AUTH_OK:
		return OUTCOME_NONE;
	case CLIENT_AUTH_WRONG:
		return OUTCOME_INVALID_CLIENT;
	case CLIENT_AUTH_TWICE:
		break;
	}
	return refuse(answer, "The client must name itself in one way.");
}

static enum outcome
read_outcome(const char *text, enum outcome ok)
{
	const struct {
		const char *text;
		enum outcome outcome;
	} outcomes[] = {
		{ "ok", ok },
		{ "invalid_client", OUTCOME_INVALID_CLIENT },
		{ "invalid_scope", OUTCOME_INVALID_SCOPE },
	};

	for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++)
		if (text != NULL && strcmp(text, outcomes[i].text) == 0)
			return outcomes[i].outcome;
	return OUTCOME_INTERNAL_ERROR;
}

/* Ask with the client's credentials and one value more. */
static enum outcome
ask(struct server *service, const struct asked *asked, const char *sql,
    struct db_pool_value value, enum outcome ok, struct answer *answer)
{
	const struct db_pool_value values[PARAMETERS] = {
		[CLIENT] = { .bytes = asked->client.id },
		[SECRET_HASH] = { (const char *)asked->client.secret_hash,
		    sizeof asked->client.secret_hash, true },
		[SCOPE] = value,
	};
	const struct db_pool_call call = { sql, values, PARAMETERS, COLUMNS,
		0 };
	enum outcome o;

	answer->retry_after = 1; /* of SERVICE_UNAVAILABLE */
	o = db_pool_ask(service->pool, &call, &answer->row);
	if (o != OUTCOME_NONE)
		return o;
	answer->body = db_pool_field(answer->row, BODY);
	return read_outcome(db_pool_field(answer->row, OUTCOME), ok);
}

static enum outcome
issue(struct server *service, const struct asked *asked, struct answer *answer)
{
	const char *grant = parameter(asked, "grant_type");
	struct db_pool_value scope = { .bytes = parameter(asked, "scope") };

	if (grant == NULL)
		return refuse(answer, "grant_type is missing.");
	if (strcmp(grant, "client_credentials") != 0)
		return OUTCOME_UNSUPPORTED_GRANT_TYPE;
	return ask(service, asked, token_sql, scope, OUTCOME_OK, answer);
}

static enum outcome
revoke(struct server *service, const struct asked *asked, struct answer *answer)
{
	const char *token = parameter(asked, "token");
	unsigned char hash[CREDENTIAL_HASH_BYTES];
	struct db_pool_value value = { NULL, sizeof hash, true };

	if (token == NULL)
		return refuse(answer, "token is missing.");
	if (credential_hash_token(token, strlen(token), hash))
		value.bytes = (const char *)hash;
	return ask(service, asked, revoke_sql, value, OUTCOME_REVOKED, answer);
}

static void
handle(struct server *service, struct request *request, struct answer *answer,
    enum outcome (*act)(struct server *, const struct asked *, struct answer *))
{
	struct asked asked;

	answer->outcome = take(&asked, request, answer);
	if (answer->outcome == OUTCOME_NONE)
		answer->outcome = act(service, &asked, answer);
	explicit_bzero(&asked, sizeof asked);
}

void
handle_oauth_token(struct server *service, struct request *request,
    struct answer *answer)
{
	handle(service, request, answer, issue);
}

void
handle_oauth_revoke(struct server *service, struct request *request,
    struct answer *answer)
{
	handle(service, request, answer, revoke);
}

void
handle_oauth_metadata(struct server *service, struct request *request,
    struct answer *answer)
{
	(void)request;
	answer->outcome = OUTCOME_NOT_FOUND;
	if (service->metadata == NULL)
		return;
	answer->outcome = OUTCOME_OK;
	answer->body = service->metadata;
	answer->cache = CACHE_ANYBODY;
}

char *
oauth_metadata_make(const char *issuer)
{
	char *text;

	return asprintf(&text, metadata, issuer, issuer, issuer) == -1 ? NULL :
									 text;
}
