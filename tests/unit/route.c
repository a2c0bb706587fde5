/* route.c - a path is found by its bytes alone. */
#include "responder/route.h"

#include <string.h>

#include <criterion/criterion.h>

static void
handle(struct service *s, struct request *r, struct answer *a)
{
	(void)s;
	(void)r;
	(void)a;
}

static const struct route routes[] = {
	{ "POST", "/v1/one", handle },
	{ "GET", "/v1/two", handle },
	{ NULL, NULL, NULL },
};

Test(route, found_missing_or_wrong_method)
{
	static const struct {
		const char *method, *path;
		enum outcome outcome;
		int row;
	} cases[] = {
		{ "POST", "/v1/one", OUTCOME_ADMITTED, 0 },
		{ "GET", "/v1/two", OUTCOME_ADMITTED, 1 },
		{ "GET", "/v1/one", OUTCOME_METHOD_NOT_ALLOWED, 0 },
		{ "post", "/v1/one", OUTCOME_METHOD_NOT_ALLOWED, 0 },
		{ "", "/v1/one", OUTCOME_METHOD_NOT_ALLOWED, 0 },
		{ "POST", "/v1/one/", OUTCOME_NOT_FOUND, -1 },
		{ "POST", "/v1/on", OUTCOME_NOT_FOUND, -1 },
		{ "POST", "/V1/one", OUTCOME_NOT_FOUND, -1 },
		{ "POST", "//v1/one", OUTCOME_NOT_FOUND, -1 },
		{ "POST", "/v1/%6fne", OUTCOME_NOT_FOUND, -1 },
		{ "POST", "", OUTCOME_NOT_FOUND, -1 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct json_span path = { cases[i].path,
		    strlen(cases[i].path) };
		const struct route *found;

		cr_assert_eq(route_find(routes, cases[i].method, path,
		    &found), cases[i].outcome, "row %zu", i);
		cr_assert_eq(found, cases[i].row < 0 ? NULL :
		    &routes[cases[i].row], "row %zu", i);
	}
}
