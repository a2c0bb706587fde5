/* credentials.c - acceptance points 2 and 3: who may ask. */
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "account.h"
#include "calm.h"
#include "db.h"
#include "site.h"

TestSuite(credentials, .init = calm, .fini = calm, .timeout = 120);

#define LONG_TOKEN 5000
#define ACCESS_LOG "postern-access.log"

static const struct want unauthorized = { 401, "unauthorized", NULL, NULL };
static const struct want invalid = { 401, "invalid_token", NULL, NULL };

static struct answer
ask(const char *first, const char *second, const char *target)
{
	char url[URL_ROOM], body[BODY_ROOM];

	return http_send(&(struct request){ .target = target,
	    .headers = { first, second },
	    .body = body_for(body, unique_url(url, "p02")) });
}

/* No credentials, malformed ones, too many: 401 and no row. */
Test(credentials, credentials_absent_or_malformed)
{
	struct account who = account_new();
	char good[128], two[256], huge[LONG_TOKEN + 64], query[256];
	const struct {
		const char *name, *first, *second, *target;
		struct want want;
	} cases[] = {
		{ "p02 none", NULL, NULL, NULL, unauthorized },
		{ "p02 empty", "Authorization;", NULL, NULL, unauthorized },
		{ "p02 Bearer alone", "Authorization: Bearer", NULL, NULL,
		    invalid },
		{ "p02 Basic", "Authorization: Basic x", NULL, NULL,
		    unauthorized },
		{ "p02 two tokens", two, NULL, NULL, invalid },
		{ "p02 a 5 kB token", huge, NULL, NULL, invalid },
		{ "p02 ?access_token=", NULL, NULL, query, unauthorized },
		{ "p02 two Authorization headers", good, good, NULL,
		    { 400, "invalid_request", NULL, NULL } },
		{ "p02 no blank", "Authorization: Bearerx", NULL, NULL,
		    unauthorized },
	};
	char lower[128];
	struct answer a;

	snprintf(good, sizeof good, "Authorization: Bearer %s", who.token);
	snprintf(lower, sizeof lower, "authorization: bearer %s", who.token);
	snprintf(two, sizeof two, "Authorization: Bearer %s %s", who.token,
	    who.token);
	snprintf(huge, sizeof huge, "Authorization: Bearer %0*d", LONG_TOKEN,
	    7);
	snprintf(query, sizeof query, ROUTE "?access_token=%s", who.token);
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		a = ask(cases[i].first, cases[i].second, cases[i].target);
		expect_answer(cases[i].name, &a, cases[i].want);
	}
	cr_expect_eq(account_webhooks(&who), 0, "p02: zero rows");
	a = ask(lower, NULL, NULL);
	expect_answer("p02 bearer", &a, (struct want){ .status = 201 });
	cr_expect_eq(account_webhooks(&who), 1, "p02: one row");
}

/* The log names the method that was sent, and no token, however it came. */
Test(credentials, access_log_of_refusals)
{
	static const struct {
		const char *name, *prefix;
		struct want want;
	} cases[] = {
		{ "p02 log, the route", ROUTE "?t=", unauthorized },
		{ "p02 log, a path", "/pst_",
		    { 404, "not_found", NULL, NULL } },
		{ "p02 log, an escape", "/%70st_",
		    { 404, "not_found", NULL, NULL } },
		{ "p02 log, an escape's escape", "/%2570st_",
		    { 404, "not_found", NULL, NULL } },
	};
	struct account who = account_new();
	const char *tail = who.token + strlen("pst_");
	char target[256], id[128], pattern[256];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct answer a;

		snprintf(target, sizeof target, "%s%s", cases[i].prefix, tail);
		a = ask(NULL, NULL, target);
		expect_answer(cases[i].name, &a, cases[i].want);
		answer_header(&a, "X-Request-Id", id, sizeof id);
		snprintf(pattern, sizeof pattern,
		    "\"request\":\"%s\",\"address\":\"[^\"]+\","
		    "\"method\":\"POST\",",
		    id);
		WAIT_FOR(5, log_has(ACCESS_LOG, pattern));
	}
	cr_expect_not(log_has(ACCESS_LOG, tail), "p02: a token is logged");
}

/* The body without its errorId, of which each answer has its own. */
static void
without_id(const struct answer *a, char text[ANSWER_BODY_MAX])
{
	const char *id = strstr(a->body, "\"errorId\"");
	const char *end = id != NULL ? strchr(id, ',') : NULL;

	if (end == NULL)
		strcpy(text, a->body);
	else
		snprintf(text, ANSWER_BODY_MAX, "%.*s%s", (int)(id - a->body),
		    a->body, end);
}

/* Unknown, expired and revoked tokens cannot be told apart. */
Test(credentials, unknown_expired_revoked_token)
{
	static const struct {
		const char *name, *sql;
	} cases[] = {
		{ "p03 malformed", "SELECT length($1)" },
		{ "p03 unknown",
		    "DELETE FROM postern.access_token "
		    "WHERE hash = sha256($1::text::bytea)" },
		{ "p03 expired",
		    "UPDATE postern.access_token "
		    "SET created_at = now() - interval '2 days', "
		    "expires_at = now() - interval '1 second' "
		    "WHERE hash = sha256($1::text::bytea)" },
		{ "p03 revoked", "SELECT postern.revoke_token($1)" },
	};
	char url[URL_ROOM], first[ANSWER_BODY_MAX], other[ANSWER_BODY_MAX];
	struct account who = account_new();
	struct answer a = register_url(&who, unique_url(url, "p03"));

	expect_answer("p03 valid", &a, (struct want){ .status = 201 });
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		account_token(&who, who.token);
		PQclear(db_query(cases[i].sql, who.token, NULL));
		if (i == 0)
			who.token[strlen(who.token) - 1] ^= 1;
		a = register_url(&who, unique_url(url, "p03"));
		expect_answer(cases[i].name, &a, invalid);
		without_id(&a, i == 0 ? first : other);
		if (i > 0)
			cr_expect_str_eq(other, first, "%s: the same body",
			    cases[i].name);
	}
	cr_expect_eq(account_webhooks(&who), 1, "p03: zero rows more");
}
