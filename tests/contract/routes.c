/* routes.c - acceptance points 14 to 16: methods, paths, media types. */
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "account.h"
#include "calm.h"
#include "site.h"

TestSuite(routes, .init = calm, .fini = calm, .timeout = 120);

/* Any method but POST: 405, and it says POST. */
Test(routes, other_methods)
{
	static const char *const methods[] = {
		"GET",
		"HEAD",
		"PUT",
		"PATCH",
		"DELETE",
		"OPTIONS",
		"TRACE",
		"FOO",
	};
	static const struct want want = { 405, "method_not_allowed", NULL,
		NULL };
	struct account who = account_new();
	char name[64], value[64];
	struct answer a;

	for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
		snprintf(name, sizeof name, "p14 %s", methods[i]);
		a = http_send(&(struct request){ .token = who.token,
		    .type = "",
		    .method = methods[i] });
		if (strcmp(methods[i], "HEAD") != 0) {
			expect_answer(name, &a, want);
			continue;
		}
		cr_expect_eq(a.status, 405, "%s: %d", name, a.status);
		cr_expect_eq(a.length, 0, "%s: no body", name);
		answer_header(&a, "Allow", value, sizeof value);
		cr_expect_str_eq(value, "POST", "%s: Allow", name);
		answer_header(&a, "Content-Type", value, sizeof value);
		cr_expect_str_eq(value, "application/json", "%s: type", name);
	}
	a = http_send(&(struct request){ .type = "", .method = "GET" });
	expect_answer("p14 GET, no token", &a, want);
	cr_expect_eq(account_webhooks(&who), 0, "p14: zero rows");
}

/* Each path says which methods it knows, and of others what 405 says. */
Test(routes, methods_of_each_path)
{
	static const struct {
		const char *method, *target, *allow;
	} cases[] = {
		{ "PUT", "/v1/webhooks", "GET, HEAD, POST" },
		{ "PUT", "/v1/webhooks?limit=1", "GET, HEAD, POST" },
		{ "PUT", "/v1/webhooks/0-a", "GET, HEAD, PATCH, DELETE" },
		{ "POST", "/v1/webhooks/0-a", "GET, HEAD, PATCH, DELETE" },
		{ "GET", "/v1/webhooks/0-a/rotate-secret", "POST" },
		{ "GET", "/v1/webhooks/0-a/test", "POST" },
		{ "DELETE", "/v1/webhooks/0-a/deliveries", "GET, HEAD" },
		{ "GET", "/v1/webhooks/0-a/deliveries/1/redeliver", "POST" },
		{ "PATCH", "/v1/webhooks/0-a/replay", "POST" },
		{ "OPTIONS", "/v1/event-types", "GET, HEAD" },
		{ "FOO", "/v1/events", "GET, HEAD" },
	};
	char name[128], value[64];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct answer a = http_send(&(struct request){ .type = "",
		    .method = cases[i].method,
		    .target = cases[i].target });

		snprintf(name, sizeof name, "p14 %s %s", cases[i].method,
		    cases[i].target);
		cr_expect_eq(a.status, 405, "%s: %d", name, a.status);
		cr_expect_eq(answer_header(&a, "Allow", value, sizeof value), 1,
		    "%s: one Allow", name);
		cr_expect_str_eq(value, cases[i].allow, "%s: Allow", name);
		cr_expect(strstr(a.body, "\"code\":\"method_not_allowed\"") !=
			NULL,
		    "%s: %s", name, a.body);
	}
}

/* Only the paths that there are, byte for byte. */
Test(routes, other_paths)
{
	static const struct {
		const char *target;
		int status;
		const char *code;
	} cases[] = {
		{ "/", 404, "not_found" },
		{ ROUTE "/", 404, "not_found" },
		{ ROUTE "x", 404, "not_found" },
		{ "/v1", 404, "not_found" },
		{ "/v1/", 404, "not_found" },
		{ "/v1/webhooks/", 404, "not_found" },
		{ "/v1/webhooks/..", 404, "not_found" },
		{ "/v1/webhooks/0%2da", 404, "not_found" },
		{ "/v1/webhooks/0-A", 404, "not_found" },
		{ "/v1/webhooks/0-a/", 404, "not_found" },
		{ "/v1/webhooks//test", 404, "not_found" },
		{ "/v1/webhooks/0-a/deliveries/1", 404, "not_found" },
		{ "/v1/events/x/..", 404, "not_found" },
		{ "/v1/%65vents", 404, "not_found" },
		{ "//v1/events", 404, "not_found" },
		{ "/oauth", 404, "not_found" },
		{ "/oauth/", 404, "not_found" },
		{ "/.well-known/", 404, "not_found" },
		{ "/.well-known/../v1/webhooks", 404, "not_found" },
		{ "/V1/webhooks/register", 404, "not_found" },
		{ "/v1/webhooks/Register", 404, "not_found" },
		{ "//v1//webhooks//register", 404, "not_found" },
		{ "/" ROUTE, 404, "not_found" },
		{ "/v1/x/../webhooks/register", 404, "not_found" },
		{ "/v1/./webhooks/register", 404, "not_found" },
		{ "/v1/webhooks/%72egister", 404, "not_found" },
		{ "/v1/webhooks%2fregister", 404, "not_found" },
		{ ROUTE ";x", 404, "not_found" },
		{ "/.error", 404, "not_found" },
		{ "/cgi-bin/", 404, "not_found" },
		{ ROUTE "%00", 400, "invalid_request" },
		{ ROUTE "%zz", 400, "invalid_request" },
		{ ROUTE "?a=b&c", 201, NULL },
		{ ROUTE "?", 201, NULL },
	};
	struct account who = account_new();
	char name[128], url[URL_ROOM], body[BODY_ROOM];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct answer a =
		    http_send(&(struct request){ .token = who.token,
			.target = cases[i].target,
			.body = body_for(body, unique_url(url, "p15")) });

		snprintf(name, sizeof name, "p15 %s", cases[i].target);
		expect_answer(name, &a,
		    (struct want){ cases[i].status, cases[i].code, NULL,
			NULL });
	}
	cr_expect_eq(account_webhooks(&who), 2, "p15: two rows");
}

/* Only JSON in UTF-8, as it is. */
Test(routes, media_types)
{
	static const struct {
		const char *name, *type, *header;
		int status;
	} cases[] = {
		{ "p16 no type", "", NULL, 415 },
		{ "p16 text/plain", "text/plain", NULL, 415 },
		{ "p16 utf-16", "application/json; charset=utf-16", NULL, 415 },
		{ "p16 vnd", "application/vnd.x+json", NULL, 415 },
		{ "p16 jsonx", "application/jsonx", NULL, 415 },
		{ "p16 json-seq", "application/json-seq", NULL, 415 },
		{ "p16 form", "application/x-www-form-urlencoded", NULL, 415 },
		{ "p16 gzip", NULL, "Content-Encoding: gzip", 415 },
		{ "p16 upper case", "APPLICATION/JSON; charset=UTF-8", NULL,
		    201 },
		{ "p16 utf-8", "application/json;charset=utf-8", NULL, 201 },
		{ "p16 quoted", "application/json; charset=\"utf-8\"", NULL,
		    201 },
		{ "p16 utf8", "application/json; charset=utf8", NULL, 201 },
		{ "p16 ends in ;", "application/json; charset=utf-8;", NULL,
		    201 },
		{ "p16 profile", "application/json; profile=\"x\"", NULL, 201 },
	};
	struct account who = account_new();
	char url[URL_ROOM], body[BODY_ROOM];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct answer a =
		    http_send(&(struct request){ .token = who.token,
			.type = cases[i].type,
			.headers = { cases[i].header },
			.body = body_for(body, unique_url(url, "p16")) });

		expect_answer(cases[i].name, &a,
		    (struct want){ cases[i].status, "unsupported_media_type",
			NULL, NULL });
	}
	cr_expect_eq(account_webhooks(&who), 6, "p16: six rows");
}
