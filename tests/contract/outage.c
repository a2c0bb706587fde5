/* outage.c - acceptance points 19 and 20: a part of the site away. */
#include <signal.h>
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

TestSuite(outage, .init = calm, .fini = calm, .timeout = 120);

#define ANSWERED_WITHIN 10 /* seconds: 5, and a busy machine */

static const struct want away = { 503, "service_unavailable", NULL, NULL };

static void
postgres_stop(void)
{
	site("postgres", "stop", NULL);
}

static void
postgres_start(void)
{
	site("postgres", "start", NULL);
}

static void
postgres_pause(void)
{
	site("postgres", "pause", NULL);
}

static void
postgres_continue(void)
{
	site("postgres", "continue", NULL);
}

static void
connections_none(void)
{
	db_run("ALTER ROLE postern_responder CONNECTION LIMIT 0");
	db_run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
	       "WHERE usename = 'postern_responder'");
}

static void
connections_again(void)
{
	db_run("ALTER ROLE postern_responder CONNECTION LIMIT -1");
}

/* 503 in time, for a good body as for a bad one, which nobody judges. */
static void
expect_away(const char *name, const struct account *who, const char *body)
{
	struct job jobs[] = {
		{ .request = { .token = who->token, .body = body } },
		{ .request = { .token = who->token, .body = "{" } },
	};

	many_send(jobs, 2);
	for (size_t i = 0; i < 2; i++) {
		expect_answer(name, &jobs[i].answer, away);
		cr_expect_leq(jobs[i].answer.seconds, ANSWERED_WITHIN,
		    "%s: within 5 s, but %.1f", name, jobs[i].answer.seconds);
	}
}

static void
expect_back(const char *name, const struct account *who, const char *url)
{
	char key[KEY_TEXT_MAX];
	struct answer a = register_url(who, url);

	if (expect_registered(name, &a, key))
		expect_one_live(name, who, url, key);
}

/* 503 while it is away; the first request after it is back is a 201. */
Test(outage, postgresql_away)
{
	static const struct {
		const char *name;
		void (*leave)(void), (*come)(void);
	} cases[] = {
		{ "p19 stopped", postgres_stop, postgres_start },
		{ "p19 SIGSTOPped", postgres_pause, postgres_continue },
		{ "p19 out of connections", connections_none,
		    connections_again },
	};
	pid_t pid = has_responder() ? responder_pid() : 0;
	struct account who = account_new();
	char url[URL_ROOM], body[BODY_ROOM];

	expect_back("p19 before", &who, unique_url(url, "p19"));
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		body_for(body, unique_url(url, "p19"));
		cases[i].leave();
		expect_away(cases[i].name, &who, body);
		cases[i].come();
		expect_back(cases[i].name, &who, url);
	}
	site("postgres", "restart", NULL);
	expect_back("p19 restarted", &who, unique_url(url, "p19"));
	cr_expect_eq(account_webhooks(&who), 5, "p19: five rows");
	if (has_responder())
		cr_expect_eq(responder_pid(), pid, "p19: no restart");
}

/* The one process that serves this request, killed or stopped. */
static void
expect_cgi_away(const char *name, const struct account *who, int signal)
{
	char url[URL_ROOM], body[BODY_ROOM];
	struct answer a;
	struct call *call;
	pid_t pid;

	stall_begin(STALL_WRITING);
	body_for(body, unique_url(url, "p20"));
	call =
	    call_start(&(struct request){ .token = who->token, .body = body });
	WAIT_FOR(10, stall_reached(STALL_WRITING));
	pid = cgi_pid();
	cr_assert_gt(pid, 0, "%s: a CGI process", name);
	kill(pid, signal);
	a = call_wait(call);
	kill(pid, SIGKILL);
	stall_end(STALL_WRITING);
	expect_answer(name, &a, away);
	cr_expect_leq(a.seconds, ANSWERED_WITHIN, "%s: within 5 s", name);
	fault_clear();
	expect_back(name, who, url);
}

/* Killed or hung: 503 in JSON from the web server, and back again. */
Test(outage, responder_away)
{
	static const struct {
		const char *name, *leave, *come;
		int signal;
	} cases[] = {
		{ "p20 killed", "kill", "start", SIGKILL },
		{ "p20 hung", "pause", "continue", SIGSTOP },
	};
	struct account who = account_new();
	char url[URL_ROOM], body[BODY_ROOM];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		if (!has_responder()) {
			expect_cgi_away(cases[i].name, &who, cases[i].signal);
			continue;
		}
		body_for(body, unique_url(url, "p20"));
		site("responder", cases[i].leave, NULL);
		expect_away(cases[i].name, &who, body);
		site("responder", cases[i].come, NULL);
		expect_back(cases[i].name, &who, url);
	}
	cr_expect_eq(account_webhooks(&who), 2, "p20: two rows");
}
