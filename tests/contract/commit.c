/* commit.c - acceptance point 4: never a 201 without its row. */
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "account.h"
#include "calm.h"
#include "db.h"
#include "fault.h"
#include "many.h"
#include "site.h"
#include "stall.h"

TestSuite(commit, .init = calm, .fini = calm, .timeout = 120);

#define DIE                                                \
	"PERFORM pg_terminate_backend(pg_backend_pid()); " \
	"PERFORM pg_sleep(0.1);"
#define ONCE(what) "IF nextval('contract_test.turn') = 1 THEN " what " END IF;"

/* A 503 or the given status; and then what the database holds agrees. */
static void
expect_true_answer(const char *name, const struct account *who, const char *url,
    const struct answer *a, int refusal)
{
	char key[KEY_TEXT_MAX];

	if (a->status == 201) {
		expect_registered(name, a, key);
		expect_one_live(name, who, url, key);
		return;
	}
	expect_answer(name, a,
	    (struct want){ refusal,
		refusal == 500 ? "internal_error" : "service_unavailable", NULL,
		NULL });
}

/* Registering again ends with one live webhook and the last key signing. */
static void
expect_retry(const char *name, const struct account *who, const char *url)
{
	char key[KEY_TEXT_MAX];
	struct answer a = register_url(who, url);

	if (expect_registered(name, &a, key))
		expect_one_live(name, who, url, key);
}

/* Transactions that fail by themselves: refused, and nothing is stored. */
static void
expect_failures_refused(const struct account *who)
{
	static const struct {
		const char *name;
		void (*install)(const char *plpgsql);
		const char *plpgsql;
		int status;
	} cases[] = {
		{ "p04 error while writing", fault_on_write,
		    "RAISE EXCEPTION 'fault';", 500 },
		{ "p04 error at COMMIT", fault_at_commit,
		    "RAISE EXCEPTION 'fault';", 500 },
		{ "p04 constraint at COMMIT", fault_at_commit,
		    "RAISE SQLSTATE '23514';", 500 },
		{ "p04 serialization failure", fault_on_write,
		    "RAISE SQLSTATE '40001';", 503 },
		{ "p04 serialization failure at COMMIT", fault_at_commit,
		    "RAISE SQLSTATE '40001';", 503 },
		{ "p04 disk full", fault_on_write, "RAISE SQLSTATE '53100';",
		    503 },
		{ "p04 killed while writing, each time", fault_on_write, DIE,
		    503 },
		{ "p04 killed at COMMIT, each time", fault_at_commit, DIE,
		    503 },
	};
	char url[URL_ROOM];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		long rows = account_webhooks(who);
		struct answer a;

		cases[i].install(cases[i].plpgsql);
		a = register_url(who, unique_url(url, "p04"));
		cr_expect_eq(a.status, cases[i].status, "%s: %d, but %d",
		    cases[i].name, cases[i].status, a.status);
		expect_true_answer(cases[i].name, who, url, &a,
		    cases[i].status);
		fault_clear();
		cr_expect_eq(account_webhooks(who), rows, "%s: zero rows",
		    cases[i].name);
		expect_retry(cases[i].name, who, url);
	}
}

/* A backend killed once: found again by its id, or 503; never lost. */
static void
expect_killed_once(const struct account *who)
{
	static const struct {
		const char *name;
		void (*install)(const char *plpgsql);
	} cases[] = {
		{ "p04 killed while writing, once", fault_on_write },
		{ "p04 killed at COMMIT, once", fault_at_commit },
	};
	char url[URL_ROOM];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct answer a;

		cases[i].install(ONCE(DIE));
		a = register_url(who, unique_url(url, "p04"));
		expect_true_answer(cases[i].name, who, url, &a, 503);
		expect_retry(cases[i].name, who, url);
		fault_clear();
	}
}

static void
terminate_backend(void)
{
	db_run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
	       "WHERE usename = 'postern_responder'");
}

static void
kill_backend(void)
{
	site("postgres", "kill-backend", NULL);
}

static void
kill_postgres(void)
{
	site("postgres", "kill", NULL);
	site("postgres", "start", NULL);
}

/* Killed from outside, held still at the worst moments. */
static void
expect_killed_in_flight(const struct account *who)
{
	static const struct {
		const char *name;
		enum stall where;
		void (*harm)(void);
	} cases[] = {
		{ "p04 terminated while writing", STALL_WRITING,
		    terminate_backend },
		{ "p04 SIGKILL while writing", STALL_WRITING, kill_backend },
		{ "p04 terminated after COMMIT", STALL_COMMITTED,
		    terminate_backend },
		{ "p04 SIGKILL after COMMIT", STALL_COMMITTED, kill_backend },
		{ "p04 PostgreSQL killed while writing", STALL_WRITING,
		    kill_postgres },
		{ "p04 PostgreSQL killed after COMMIT", STALL_COMMITTED,
		    kill_postgres },
	};
	char url[URL_ROOM], body[BODY_ROOM];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct answer a;
		struct call *call;

		stall_begin(cases[i].where);
		body_for(body, unique_url(url, "p04"));
		call = call_start(
		    &(struct request){ .token = who->token, .body = body });
		WAIT_FOR(10, stall_reached(cases[i].where));
		cases[i].harm();
		stall_end(cases[i].where);
		a = call_wait(call);
		expect_true_answer(cases[i].name, who, url, &a, 503);
		fault_clear();
		expect_retry(cases[i].name, who, url);
	}
}

/* Failed before COMMIT, killed during it: no 201 without a row. */
Test(commit, commit_killed_or_failed)
{
	struct account who = account_new();

	expect_failures_refused(&who);
	expect_killed_once(&who);
	expect_killed_in_flight(&who);
	cr_expect_eq(account_webhooks(&who), 16, "p04: one row for each URL");
}
