/* route.h - a table of method and path. */
#ifndef POSTERN_ROUTE_H
#define POSTERN_ROUTE_H

#include "common/outcome.h"
#include "responder/json_check.h"

struct answer;
struct request;
struct service;

typedef void route_handler(struct service *service, struct request *request,
    struct answer *answer);

struct route {
	const char *method, *path;
	route_handler *handle;
};

/*
 * The route of a method and a raw path, compared byte by byte: ADMITTED and
 * *found is it; NOT_FOUND and *found is NULL; or METHOD_NOT_ALLOWED and
 * *found has the method that the path knows. A table ends in a row of NULLs.
 */
enum outcome route_find(const struct route *routes, const char *method,
    struct json_span path, const struct route **found);

#endif
