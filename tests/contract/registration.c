/* registration.c - acceptance points 1, 21 and 23: what is stored. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "account.h"
#include "calm.h"
#include "db.h"
#include "fault.h"
#include "many.h"
#include "secrets.h"
#include "site.h"

TestSuite(registration, .init = calm, .fini = calm, .timeout = 120);

#define AT_ONCE 50

static void
expect_stored(const char *name, const struct account *who, const char *url,
    const char *key)
{
	char text[DB_TEXT_MAX];

	expect_one_live(name, who, url, key);
	db_text(text,
	    "SELECT string_agg(e.name, ' ') FROM postern.webhook w "
	    "JOIN postern.subscription s ON s.account_id = w.account_id "
	    "AND s.webhook_id = w.id "
	    "JOIN postern.event_type e ON e.id = s.event_type_id "
	    "WHERE w.account_id = $1::uuid AND w.url = $2",
	    who->id, url, NULL);
	cr_expect_str_eq(text, known_event(), "%s: the events", name);
	db_text(text,
	    "SELECT array_to_string(events, ' ') || state "
	    "FROM postern.webhooks WHERE account_id = $1::uuid AND url = $2",
	    who->id, url, NULL);
	cr_expect(strncmp(text, known_event(), strlen(known_event())) == 0 &&
		strstr(text, "enabled") != NULL,
	    "%s: the view says %s", name, text);
}

/* Happy path: 201 and the two members; row, events and secret are there. */
Test(registration, happy_path)
{
	static const struct {
		const char *name;
		bool http2, chunked;
	} cases[] = {
		{ "p01 HTTP/1.1", false, false },
		{ "p01 chunked", false, true },
		{ "p01 HTTP/2", true, false },
	};
	struct account who = account_new();
	char url[URL_ROOM], body[BODY_ROOM], key[KEY_TEXT_MAX], id[128];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct answer a =
		    http_send(&(struct request){ .token = who.token,
			.http2 = cases[i].http2,
			.chunked = cases[i].chunked,
			.headers = { "X-Request-Id: mine" },
			.body = body_for(body, unique_url(url, "p01")) });

		if (!expect_registered(cases[i].name, &a, key))
			continue;
		expect_stored(cases[i].name, &who, url, key);
		answer_header(&a, "X-Request-Id", id, sizeof id);
		cr_expect_str_neq(id, "mine", "a client names no request");
	}
	cr_expect_eq(account_webhooks(&who), 3);
	expect_no_secret_leaked("p01");
}

/* 50 in parallel for one account and URL: the last answered key signs. */
Test(registration, parallel_for_one_url)
{
	struct job *jobs = calloc(AT_ONCE, sizeof *jobs);
	struct account who = account_new();
	char url[URL_ROOM], body[BODY_ROOM];

	body_for(body, unique_url(url, "slow-p21"));
	fault_on_write("PERFORM pg_sleep(0.02);");
	for (size_t i = 0; i < AT_ONCE; i++)
		jobs[i].request =
		    (struct request){ .token = who.token, .body = body };
	many_send(jobs, AT_ONCE);
	expect_last_signs("p21", &who, url, jobs, AT_ONCE);
	cr_expect_eq(account_webhooks(&who), 1, "p21: one webhook");
	free(jobs);
}

/* As the responder's role, no table can be read or written. */
Test(registration, responder_reads_no_table)
{
	PGresult *r = db_query(
	    "SELECT verb || c.oid::regclass "
	    "FROM pg_class c JOIN (VALUES ('SELECT * FROM ', 'rpvmS'), "
	    "('DELETE FROM ', 'rp'), ('TRUNCATE ', 'rp')) v (verb, kinds) "
	    "ON strpos(v.kinds, c.relkind::text) > 0 "
	    "WHERE c.relnamespace = 'postern'::regnamespace",
	    NULL);

	cr_assert_gt(PQntuples(r), 24, "the schema has tables");
	db_run("SET SESSION AUTHORIZATION postern_responder");
	for (int row = 0; row < PQntuples(r); row++)
		cr_expect_str_eq(db_state(PQgetvalue(r, row, 0)), "42501", "%s",
		    PQgetvalue(r, row, 0));
	db_run("RESET SESSION AUTHORIZATION");
	PQclear(r);
}
