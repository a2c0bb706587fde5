/* parameters.c - acceptance points 9 and 10: url and events themselves. */
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "account.h"
#include "calm.h"
#include "db.h"
#include "site.h"

TestSuite(parameters, .init = calm, .fini = calm, .timeout = 120);

#define EVENT_LIST_ROOM 12000
#define U "\"url\": \"https://a.example/p10\""

struct parameter_case {
	const char *name;
	const char *body;
	const char *parameter;
	const char *value;
};

static void
expect_named(const struct parameter_case *c, size_t n)
{
	struct account who = account_new();

	for (size_t i = 0; i < n; i++) {
		struct answer a = post(&who, c[i].body);

		expect_answer(c[i].name, &a,
		    (struct want){ 400, "invalid_parameter", c[i].parameter,
			c[i].value });
	}
	cr_expect_eq(account_webhooks(&who), 0, "zero rows");
}

/* url missing or no URL: named, and echoed with its own type. */
Test(parameters, url_missing_or_wrong)
{
#define E "\"events\": [\"payment.settled\"]"
	static const struct parameter_case cases[] = {
		{ "p09 missing", "{" E "}", "url", NULL },
		{ "p09 nothing at all", "{}", "url", NULL },
		{ "p09 null", "{\"url\": null, " E "}", "url", "null" },
		{ "p09 5", "{\"url\": 5, " E "}", "url", "5" },
		{ "p09 1.5", "{\"url\": 1.5, " E "}", "url", "1.5" },
		{ "p09 true", "{\"url\": true, " E "}", "url", "true" },
		{ "p09 []", "{\"url\": [], " E "}", "url", "[]" },
		{ "p09 {}", "{\"url\": {\"a\": [1, \"b\"]}, " E "}", "url",
		    "{\"a\": [1, \"b\"]}" },
		{ "p09 empty", "{\"url\": \"\", " E "}", "url", "\"\"" },
		{ "p09 quotes", "{\"url\": \"\\\"\\u00e9\\n\", " E "}", "url",
		    "\"\\\"\\u00e9\\n\"" },
		{ "p09 unknown member",
		    "{\"url\": \"https://a.example/\", " E
		    ", \"event\": \"x\"}",
		    "event", "\"x\"" },
		{ "p09 Url", "{\"Url\": \"https://a.example/\", " E "}", "Url",
		    "\"https://a.example/\"" },
	};

	expect_named(cases, sizeof cases / sizeof cases[0]);
}

/* An array of n names: "contract.0", "contract.1" and so on. */
static const char *
event_list(char list[EVENT_LIST_ROOM], int n)
{
	size_t used = 0;

	for (int i = 0; i < n; i++)
		used += (size_t)snprintf(list + used, EVENT_LIST_ROOM - used,
		    "%s\"contract.%d\"", i == 0 ? "[" : ",", i);
	snprintf(list + used, EVENT_LIST_ROOM - used, "]");
	return list;
}

static void
expect_events(const char *name, const struct account *who, const char *events,
    struct want want)
{
	char body[BODY_ROOM], url[URL_ROOM];
	struct answer a;

	snprintf(body, sizeof body, "{\"url\": \"%s\", \"events\": %s}",
	    unique_url(url, "p10"), events);
	a = post(who, body);
	expect_answer(name, &a, want);
}

static void
expect_counts_and_lengths(void)
{
	struct account who = account_new();
	char list[EVENT_LIST_ROOM], text[512];

	PQclear(db_query(
	    "SELECT postern.add_event_type(n, 'contract test') "
	    "FROM (SELECT 'contract.' || i FROM generate_series(0, 64) i "
	    "UNION ALL SELECT repeat('e', 128)) t (n) "
	    "WHERE n NOT IN (SELECT name FROM postern.event_type)",
	    NULL));
	expect_events("p10 64 of them", &who, event_list(list, 64),
	    (struct want){ .status = 201 });
	expect_events("p10 65 of them", &who, event_list(list, 65),
	    (struct want){ 400, "invalid_parameter", "events", NULL });
	snprintf(text, sizeof text, "[\"%0*d\"]", 129, 1);
	expect_events("p10 129 bytes", &who, text,
	    (struct want){ 400, "invalid_parameter", "events", text });
	memset(text + 2, 'e', 128);
	strcpy(text + 130, "\"]");
	expect_events("p10 128 bytes", &who, text,
	    (struct want){ .status = 201 });
	expect_events("p10 unknown", &who,
	    "[\"contract.1\", \"contract.x\", "
	    "\"contract.y\"]",
	    (struct want){ 400, "unknown_event", "events", "\"contract.x\"" });
	expect_events("p10 unknown, quoted", &who, "[\"\\\"\\u00e9\"]",
	    (struct want){ 400, "unknown_event", "events", "\"\\\"\\u00e9\"" });
	cr_expect_eq(account_webhooks(&who), 2, "p10: two rows");
}

/* events missing, of another type, too many, unknown, too long. */
Test(parameters, events_missing_or_wrong)
{
	static const struct parameter_case cases[] = {
		{ "p10 missing", "{" U "}", "events", NULL },
		{ "p10 a string", "{" U ", \"events\": \"payment.settled\"}",
		    "events", "\"payment.settled\"" },
		{ "p10 null", "{" U ", \"events\": null}", "events", "null" },
		{ "p10 {}", "{" U ", \"events\": {}}", "events", "{}" },
		{ "p10 []", "{" U ", \"events\": []}", "events", "[]" },
		{ "p10 [1]", "{" U ", \"events\": [1]}", "events", "[1]" },
		{ "p10 [null]",
		    "{" U ", \"events\": [\"payment.settled\", "
		    "null]}",
		    "events", "[\"payment.settled\", null]" },
		{ "p10 [[]]", "{" U ", \"events\": [[\"payment.settled\"]]}",
		    "events", "[[\"payment.settled\"]]" },
		{ "p10 empty name", "{" U ", \"events\": [\"\"]}", "events",
		    "[\"\"]" },
		{ "p10 duplicates",
		    "{" U ", \"events\": [\"payment.settled\", "
		    "\"payment.settled\"]}",
		    "events", "[\"payment.settled\", \"payment.settled\"]" },
		{ "p10 duplicates, escaped",
		    "{" U ", \"events\": "
		    "[\"payment.settled\", \"\\u0070ayment.settled\"]}",
		    "events", "[\"payment.settled\", \"payment.settled\"]" },
	};

	expect_named(cases, sizeof cases / sizeof cases[0]);
	expect_counts_and_lengths();
}
