/* router.h - which route a method and a path mean. */
#ifndef POSTERN_ROUTER_H
#define POSTERN_ROUTER_H

#include "common/compiler.h"
#include "responder/outcome.h"
#include "responder/json_check.h"

#define ROUTE_IDS_MAX 2    /* {} segments of a path */
#define ROUTE_ALLOW_MAX 32 /* methods of a path, and commas */

struct response;
struct operation;
struct request;
struct server;

typedef void route_handler(struct server *server, struct request *request,
    struct response *response);

struct route {
	const char *method, *path; /* {} in it stands for an id */
	route_handler *handle;
	const struct operation *operation; /* the handler's, or NULL */
};

/*
 * The route of a method and a raw path, compared byte by byte. An id is a
 * segment of lower-case hexadecimal digits and hyphens. HEAD means the row of
 * GET. NONE: *found is it, and ids has what stands for each {}. NOT_FOUND:
 * *found is NULL. METHOD_NOT_ALLOWED: *found is a row of the path. A table ends
 * in a row of NULLs.
 */
MUST_CHECK enum outcome router_find(const struct route *routes,
    const char *method, struct text path, const struct route **found,
    struct text ids[ROUTE_IDS_MAX]);

/* The methods that the path of a row knows: "GET, HEAD, PATCH". */
void router_allow(const struct route *routes, const char *path,
    char allow[ROUTE_ALLOW_MAX]);

#endif
