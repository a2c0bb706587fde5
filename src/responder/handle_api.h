/*
 * handle_api.h - the handler of all calls but register and OAuth.
 *
 * It reads the input, calls an SQL function and passes its row on; what
 * differs is the operation of the route.
 */
#ifndef POSTERN_HANDLE_API_H
#define POSTERN_HANDLE_API_H

#include <stdbool.h>
#include <stddef.h>

#include "responder/router.h"

#define API_NAMES_MAX 16

/*
 * SQL that has postern.api do an operation with (token_hash bytea,
 * ids text[], input jsonb, if_match text[]); a row of postern.api_answer.
 */
#define API_SQL(operation)                                     \
	"SELECT outcome, body, etag, next, parameter, value, " \
	"retry_after, text FROM postern.api('" operation       \
	"', $1::pg_catalog.bytea, $2::pg_catalog.text[], "     \
	"$3::pg_catalog.jsonb OPERATOR(pg_catalog.||) "        \
	"$4::pg_catalog.jsonb, $5::pg_catalog.text[])"

struct operation {
	const char *sql;                  /* made by API_SQL */
	const char *names[API_NAMES_MAX]; /* of its input; end in NULL */
	bool makes_secret;                /* a new one, sealed, in its input */
	bool publishes;                   /* its client's trace is, too */
	char *(*body)(const char *given); /* makes it of SQL's; or NULL */
	size_t body_max;                  /* bytes; 0: REQUEST_BODY_MAX */
};

/*
 * The input is the query of a GET or DELETE, and the body of others, which
 * may be left out of a POST. A GET needs the scope webhooks:read, others
 * webhooks:write.
 */
void handle_api(struct server *server, struct request *request,
    struct response *response);

/*
 * A call that anybody may make at any time: its SQL has no parameters and
 * one column, the JSON of a response that may be cached.
 */
void handle_public(struct server *server, struct request *request,
    struct response *response);

#endif
