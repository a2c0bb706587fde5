/* router.c - which route a method and a path mean. */
#include "responder/router.h"

#include <stdio.h>
#include <string.h>

#include "common/text.h"

#define ANY "{}"

/* What at the front of the rest of a path may be an id. */
static struct text
take_id(const char *at, const char *end)
{
	struct text id = { at, 0 };

	while (at + id.length < end &&
	    (text_is_digit(at[id.length]) ||
		(at[id.length] >= 'a' && at[id.length] <= 'f') ||
		at[id.length] == '-'))
		id.length++;
	return id;
}

static bool
same_path(const char *path, struct text given, struct text ids[ROUTE_IDS_MAX])
{
	const char *at = given.start, *end = given.start + given.length;
	size_t count = 0;

	memset(ids, 0, ROUTE_IDS_MAX * sizeof *ids);
	while (*path != '\0') {
		if (strncmp(path, ANY, strlen(ANY)) != 0) {
			if (at == end || *at++ != *path++)
				return false;
			continue;
		}
		ids[count] = take_id(at, end);
		if (ids[count].length == 0)
			return false;
		at += ids[count++].length;
		path += strlen(ANY);
	}
	return at == end;
}

/* HEAD is GET, of which the body is left out (RFC 9110, 9.3.2). */
static bool
takes_method(const struct route *route, const char *method)
{
	return strcmp(route->method, method) == 0 ||
	    (strcmp(route->method, "GET") == 0 && strcmp(method, "HEAD") == 0);
}

enum outcome
router_find(const struct route *routes, const char *method, struct text path,
    const struct route **found, struct text ids[ROUTE_IDS_MAX])
{
	const struct route *r = routes;

	while (r->path != NULL && !same_path(r->path, path, ids))
		r++;
	*found = r->path == NULL ? NULL : r;
	if (*found == NULL)
		return OUTCOME_NOT_FOUND;
	for (; r->path != NULL; r++)
		if (strcmp(r->path, (*found)->path) == 0 &&
		    takes_method(r, method)) {
			*found = r;
			return OUTCOME_NONE;
		}
	return OUTCOME_METHOD_NOT_ALLOWED;
}

void
router_allow(const struct route *routes, const char *path,
    char allow[ROUTE_ALLOW_MAX])
{
	size_t n = 0;

	*allow = '\0';
	for (const struct route *r = routes; r->path != NULL; r++)
		if (strcmp(r->path, path) == 0 && n < ROUTE_ALLOW_MAX)
			n += (size_t)snprintf(allow + n, ROUTE_ALLOW_MAX - n,
			    "%s%s%s", n == 0 ? "" : ", ", r->method,
			    takes_method(r, "HEAD") ? ", HEAD" : "");
}
