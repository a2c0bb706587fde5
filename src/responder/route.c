/* route.c - a table of method and path. */
#include "responder/route.h"

#include <string.h>

static bool
same_path(const char *path, struct json_span given)
{
	return strlen(path) == given.length &&
	    memcmp(path, given.start, given.length) == 0;
}

enum outcome
route_find(const struct route *routes, const char *method,
    struct json_span path, const struct route **found)
{
	*found = NULL;
	for (const struct route *r = routes; r->path != NULL; r++) {
		if (!same_path(r->path, path))
			continue;
		*found = r;
		if (strcmp(r->method, method) == 0)
			return OUTCOME_ADMITTED;
	}
	return *found == NULL ? OUTCOME_NOT_FOUND : OUTCOME_METHOD_NOT_ALLOWED;
}
