/* router.c - a path is found by its bytes alone. */
#include "responder/routes.h"

#include <string.h>

#include <criterion/criterion.h>

static void
handle(struct server *s, struct request *r, struct response *a)
{
	(void)s;
	(void)r;
	(void)a;
}

static const struct route rows[] = {
	{ "POST", "/v1/one", handle, NULL },
	{ "GET", "/v1/two", handle, NULL },
	{ "POST", "/v1/two", handle, NULL },
	{ "GET", "/v1/three/{}", handle, NULL },
	{ "POST", "/v1/three/{}/four/{}/five", handle, NULL },
	{ "DELETE", "/v1/three/{}", handle, NULL },
	{ NULL, NULL, NULL, NULL },
};

static struct text
span(const char *text)
{
	return (struct text){ text, strlen(text) };
}

Test(router, found_missing_or_wrong_method)
{
	static const struct {
		const char *method, *path;
		enum outcome outcome;
		int row;
	} cases[] = {
		{ "POST", "/v1/one", OUTCOME_NONE, 0 },
		{ "GET", "/v1/two", OUTCOME_NONE, 1 },
		{ "POST", "/v1/two", OUTCOME_NONE, 2 },
		{ "GET", "/v1/three/0-9af", OUTCOME_NONE, 3 },
		{ "DELETE", "/v1/three/0", OUTCOME_NONE, 5 },
		{ "POST", "/v1/three/a/four/1/five", OUTCOME_NONE, 4 },
		{ "GET", "/v1/one", OUTCOME_METHOD_NOT_ALLOWED, 0 },
		{ "post", "/v1/one", OUTCOME_METHOD_NOT_ALLOWED, 0 },
		{ "", "/v1/one", OUTCOME_METHOD_NOT_ALLOWED, 0 },
		{ "HEAD", "/v1/two", OUTCOME_NONE, 1 },
		{ "HEAD", "/v1/three/0", OUTCOME_NONE, 3 },
		{ "HEAD", "/v1/one", OUTCOME_METHOD_NOT_ALLOWED, 0 },
		{ "head", "/v1/two", OUTCOME_METHOD_NOT_ALLOWED, 1 },
		{ "PATCH", "/v1/two", OUTCOME_METHOD_NOT_ALLOWED, 1 },
		{ "POST", "/v1/three/0", OUTCOME_METHOD_NOT_ALLOWED, 3 },
		{ "POST", "/v1/one/", OUTCOME_NOT_FOUND, -1 },
		{ "POST", "/v1/on", OUTCOME_NOT_FOUND, -1 },
		{ "POST", "/V1/one", OUTCOME_NOT_FOUND, -1 },
		{ "POST", "//v1/one", OUTCOME_NOT_FOUND, -1 },
		{ "POST", "/v1/%6fne", OUTCOME_NOT_FOUND, -1 },
		{ "POST", "", OUTCOME_NOT_FOUND, -1 },
		{ "GET", "/v1/three/", OUTCOME_NOT_FOUND, -1 },
		{ "GET", "/v1/three/0/", OUTCOME_NOT_FOUND, -1 },
		{ "GET", "/v1/three/A", OUTCOME_NOT_FOUND, -1 },
		{ "GET", "/v1/three/g", OUTCOME_NOT_FOUND, -1 },
		{ "GET", "/v1/three/..", OUTCOME_NOT_FOUND, -1 },
		{ "GET", "/v1/three/%30", OUTCOME_NOT_FOUND, -1 },
		{ "GET", "/v1/three/0;x", OUTCOME_NOT_FOUND, -1 },
		{ "POST", "/v1/three//four/1/five", OUTCOME_NOT_FOUND, -1 },
		{ "POST", "/v1/three/a/four/1/six", OUTCOME_NOT_FOUND, -1 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct text ids[ROUTE_IDS_MAX];
		const struct route *found;

		cr_assert_eq(router_find(rows, cases[i].method,
				 span(cases[i].path), &found, ids),
		    cases[i].outcome, "row %zu", i);
		cr_assert_eq(found,
		    cases[i].row < 0 ? NULL : &rows[cases[i].row], "row %zu",
		    i);
	}
}

Test(router, ids_are_as_sent)
{
	struct text ids[ROUTE_IDS_MAX];
	const struct route *found;

	cr_assert_eq(router_find(rows, "POST",
			 span("/v1/three/0a-9/four/12/five"), &found, ids),
	    OUTCOME_NONE);
	cr_assert_eq(ids[0].length, 4);
	cr_assert_eq(memcmp(ids[0].start, "0a-9", 4), 0);
	cr_assert_eq(ids[1].length, 2);
	cr_assert_eq(memcmp(ids[1].start, "12", 2), 0);
	cr_assert_eq(router_find(rows, "GET", span("/v1/three/7"), &found, ids),
	    OUTCOME_NONE);
	cr_assert_eq(ids[0].length, 1);
	cr_assert_null(ids[1].start);
}

Test(router, a_path_knows_its_methods)
{
	char allow[ROUTE_ALLOW_MAX];

	router_allow(rows, "/v1/one", allow);
	cr_assert_str_eq(allow, "POST");
	router_allow(rows, "/v1/three/{}", allow);
	cr_assert_str_eq(allow, "GET, HEAD, DELETE");
}

/* Each method of a path once, and room for all of them. */
Test(router, the_program_answers_to_each_path_once)
{
	char allow[ROUTE_ALLOW_MAX];

	for (const struct route *r = routes; r->path != NULL; r++) {
		router_allow(routes, r->path, allow);
		cr_assert_lt(strlen(allow) + 1, sizeof allow, "%s", r->path);
		for (const struct route *o = r + 1; o->path != NULL; o++)
			cr_assert(strcmp(o->path, r->path) != 0 ||
				strcmp(o->method, r->method) != 0,
			    "%s", r->path);
	}
}
