/* handle_oauth.c - handlers of OAuth's client credentials grant. */
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
    "\"scopes_supported\":[\"webhooks:read\",\"webhooks:write\","
    "\"messages:write\"]}";

/* A form, decoded, and the client that sent it. Wiped with the request. */
struct oauth_request {
	struct urlencoded form;
	struct client_auth client;
	char decoded[REQUEST_BODY_MAX + 1];
};

static enum outcome
refuse_form(struct response *response, const char *text)
{
	response->text = text;
	return OUTCOME_INVALID_REQUEST;
}

/*
 * The parameters that mean something to us (RFC 6749, 7009). Others are
 * ignored, however often they come (RFC 6749, 3.2): resource may (RFC 8707).
 */
static const char *const known[] = { "grant_type", "scope", "client_id",
	"client_secret", "token", "token_type_hint", NULL };

/* Read the form and its client. NONE, or what is wrong with it. */
static enum outcome
read_request(struct oauth_request *oauth, struct request *request,
    struct response *response)
{
	enum outcome o = request_read_form(request);

	if (o != OUTCOME_NONE)
		return o;
	switch (urlencoded_parse(&oauth->form, request->body,
	    request->body_length, known, oauth->decoded)) {
	case URLENCODED_OK:
		break;
	case URLENCODED_MALFORMED:
		return OUTCOME_INVALID_REQUEST;
	case URLENCODED_REPEATED:
		return refuse_form(response, "A parameter is given twice.");
	}
	switch (client_auth_read(&oauth->client,
	    request_header(request, "HTTP_AUTHORIZATION"), &oauth->form)) {
	case CLIENT_AUTH_OK:
		return OUTCOME_NONE;
	case CLIENT_AUTH_WRONG:
		return OUTCOME_INVALID_CLIENT;
	case CLIENT_AUTH_TWICE:
		break;
	}
	return refuse_form(response,
	    "The client must authenticate in one way only.");
}

/* Call an SQL function with the client's credentials and one value more. */
static enum outcome
call_oauth_function(struct server *server, struct request *request,
    const struct oauth_request *oauth, const char *sql,
    struct db_pool_value value, enum outcome ok, struct response *response)
{
	const struct db_pool_value values[PARAMETERS] = {
		[CLIENT] = { .bytes = oauth->client.id },
		[SECRET_HASH] = { (const char *)oauth->client.secret_hash,
		    sizeof oauth->client.secret_hash, true },
		[SCOPE] = value,
	};
	const struct db_pool_call call = { sql, values, PARAMETERS, COLUMNS,
		&request->visit.account };
	enum outcome o =
	    server_admit(server, request, oauth->client.secret_hash, response);

	if (o == OUTCOME_INVALID_TOKEN)
		return OUTCOME_INVALID_CLIENT;
	if (o != OUTCOME_NONE)
		return o;
	o = db_pool_ask(server->db_pool, &call, &response->row);
	if (o != OUTCOME_NONE)
		return o;
	response->body = db_pool_field(response->row, BODY);
	if (!outcome_from_word(db_pool_field(response->row, OUTCOME), &o))
		return OUTCOME_INTERNAL_ERROR;
	return o == OUTCOME_OK ? ok : o;
}

static enum outcome
issue_token(struct server *server, struct request *request,
    const struct oauth_request *oauth, struct response *response)
{
	const char *grant = urlencoded_nonempty(&oauth->form, "grant_type");
	struct db_pool_value scope = {
		.bytes = urlencoded_nonempty(&oauth->form, "scope")
	};

	if (grant == NULL)
		return refuse_form(response, "grant_type is missing.");
	if (strcmp(grant, "client_credentials") != 0)
		return OUTCOME_UNSUPPORTED_GRANT_TYPE;
	return call_oauth_function(server, request, oauth, token_sql, scope,
	    OUTCOME_OK, response);
}

static enum outcome
revoke_token(struct server *server, struct request *request,
    const struct oauth_request *oauth, struct response *response)
{
	const char *token = urlencoded_nonempty(&oauth->form, "token");
	unsigned char hash[CREDENTIAL_HASH_BYTES];
	struct db_pool_value value = { NULL, sizeof hash, true };

	if (token == NULL)
		return refuse_form(response, "token is missing.");
	if (credential_hash_token(token, strlen(token), hash))
		value.bytes = (const char *)hash;
	return call_oauth_function(server, request, oauth, revoke_sql, value,
	    OUTCOME_REVOKED, response);
}

static void
serve_client(struct server *server, struct request *request,
    struct response *response,
    enum outcome (*serve)(struct server *, struct request *,
	const struct oauth_request *, struct response *))
{
	struct oauth_request oauth;

	response->outcome = read_request(&oauth, request, response);
	if (response->outcome == OUTCOME_NONE)
		response->outcome = serve(server, request, &oauth, response);
	explicit_bzero(&oauth, sizeof oauth);
}

void
handle_oauth_token(struct server *server, struct request *request,
    struct response *response)
{
	serve_client(server, request, response, issue_token);
}

void
handle_oauth_revoke(struct server *server, struct request *request,
    struct response *response)
{
	serve_client(server, request, response, revoke_token);
}

void
handle_oauth_metadata(struct server *server, struct request *request,
    struct response *response)
{
	(void)request;
	response->outcome = OUTCOME_NOT_FOUND;
	if (server->oauth_metadata == NULL)
		return;
	response->outcome = OUTCOME_OK;
	response->body = server->oauth_metadata;
	response->cache = CACHE_ANYBODY;
}

char *
oauth_metadata_make(const char *issuer)
{
	char *text;

	return asprintf(&text, metadata, issuer, issuer, issuer) == -1 ? NULL
								       : text;
}
