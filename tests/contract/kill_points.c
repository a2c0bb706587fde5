/* kill_points.c - the responder killed or held at the worst moments. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "account.h"
#include "calm.h"
#include "db.h"
#include "fault.h"
#include "many.h"
#include "site.h"
#include "stall.h"

TestSuite(kill_points, .init = calm, .fini = calm, .timeout = 120);

/* The library, where the responder's user can reach it. */
static void
borrow_library(char path[PATH_ROOM])
{
	char self[PATH_ROOM], library[PATH_ROOM];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);

	cr_assert_gt(n, 0);
	self[n] = '\0';
	snprintf(library, sizeof library, "%.*s/kill/at.so",
	    (int)(strlen(self) - strlen("/contract/contract")), self);
	site_borrow(library, path);
}

/*
 * Restart the responder with the library and one variable for it. The next
 * start is plain again.
 */
static void
preload(const char *variable)
{
	char library[PATH_ROOM], wrapper[2 * PATH_ROOM];

	borrow_library(library);
	snprintf(wrapper, sizeof wrapper,
	    "/usr/bin/env LD_PRELOAD=%s %s "
	    "ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0",
	    library, variable);
	restart_under(wrapper);
}

/* The next responder dies at this place of its first request. */
static void
arm(const char *place)
{
	char variable[128];

	snprintf(variable, sizeof variable, "KILL_AT=%s", place);
	preload(variable);
}

/* Asking again ends with one live webhook and a key that works. */
static void
expect_retry_works(const char *place, const struct account *who,
    const char *url)
{
	char key[KEY_TEXT_MAX];
	struct answer a = register_url(who, url);

	if (expect_registered(place, &a, key))
		expect_one_live(place, who, url, key);
}

static void
expect_killed_at(const char *place, const struct account *who, bool stored)
{
	char url[URL_ROOM];
	struct answer a;
	pid_t pid;

	arm(place);
	pid = responder_pid();
	cr_assert(process_alive(pid), "%s: it runs", place);
	a = register_url(who, unique_url(url, place));
	WAIT_FOR(10, !process_alive(pid));
	if (strcmp(place, "after-response") == 0)
		expect_answer(place, &a, (struct want){ .status = 201 });
	else
		expect_answer(place, &a,
		    (struct want){ 503, "service_unavailable", NULL, NULL });
	cr_expect_eq(account_webhooks(who), stored, "%s: %s", place,
	    stored ? "stored" : "not stored");
	site("responder", "start", NULL);
	expect_retry_works(place, who, url);
}

/* In CGI the process is found while the database holds it still. */
static void
expect_cgi_killed_at(const char *place, enum stall where)
{
	struct account who = account_new();
	char url[URL_ROOM], body[BODY_ROOM];
	struct call *call;
	struct answer a;

	stall_begin(where);
	body_for(body, unique_url(url, place));
	call =
	    call_start(&(struct request){ .token = who.token, .body = body });
	WAIT_FOR(10, stall_reached(where));
	cr_assert_eq(kill(cgi_pid(), SIGKILL), 0);
	a = call_wait(call);
	stall_end(where);
	expect_answer(place, &a,
	    (struct want){ 503, "service_unavailable", NULL, NULL });
	fault_clear();
	expect_retry_works(place, &who, url);
}

Test(kill_points, responder_at_every_stage_of_a_request)
{
	static const struct {
		const char *place;
		bool stored;
	} cases[] = {
		{ "after-read", false },
		{ "before-commit", false },
		{ "after-commit", true },
		{ "before-response", true },
		{ "after-response", true },
	};

	if (!has_responder()) {
		tell("killed before and after COMMIT; a library cannot be "
		     "preloaded");
		expect_cgi_killed_at("before-commit", STALL_WRITING);
		expect_cgi_killed_at("after-commit", STALL_COMMITTED);
		return;
	}
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct account who = account_new();

		expect_killed_at(cases[i].place, &who, cases[i].stored);
	}
}

/* A first answer held back is not overtaken by a second one's secret. */
Test(kill_points, answer_held_back_is_still_the_earlier_one)
{
	struct account who = account_new();
	char url[URL_ROOM], body[BODY_ROOM], key[KEY_TEXT_MAX];
	struct answer first, second;
	struct call *call;

	if (!has_responder()) {
		tell("two processes of CGI know nothing of each other's "
		     "answers");
		return;
	}
	fault_on_write("PERFORM pg_sleep(0.1);");
	preload("HOLD_RESPONSE=500");
	body_for(body, unique_url(url, "held"));
	call =
	    call_start(&(struct request){ .token = who.token, .body = body });
	WAIT_FOR(10, account_webhooks(&who) == 1);
	second = post(&who, body);
	cr_expect(call_done(call), "the first is answered first");
	first = call_wait(call);
	expect_registered("held back", &first, key);
	if (expect_registered("after it", &second, key))
		expect_one_live("after it", &who, url, key);
	site("responder", "restart", NULL);
}

/* Has SIGTERM been sent to a process that cannot take it, being stopped? */
static bool
told_to_end(const char *pid)
{
	char path[64], line[256];
	unsigned long long pending = 0;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%.20s/status", pid);
	f = fopen(path, "r");
	cr_assert_not_null(f);
	while (fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, "ShdPnd:", 7) == 0)
			pending = strtoull(line + 7, NULL, 16);
	fclose(f);
	return (pending & (1ULL << (SIGTERM - 1))) != 0;
}

/* A call given up, because its backend froze, is not carried out later. */
Test(kill_points, frozen_backend_is_told_to_end)
{
	struct account who = account_new();
	char url[URL_ROOM], key[KEY_TEXT_MAX], pid[DB_TEXT_MAX];
	struct answer a;

	if (!has_responder()) {
		tell("each CGI program has a backend of its own");
		return;
	}
	register_url(&who, unique_url(url, "warm"));
	db_text(pid,
	    "SELECT pid FROM pg_stat_activity "
	    "WHERE usename = 'postern_responder' "
	    "AND query LIKE '%postern.register(%'",
	    NULL);
	cr_assert_eq(kill(atoi(pid), SIGSTOP), 0);
	a = register_url(&who, unique_url(url, "frozen"));
	cr_expect(told_to_end(pid), "it ends before it writes");
	cr_assert_eq(kill(atoi(pid), SIGCONT), 0);
	WAIT_FOR(10,
	    db_number("SELECT count(*) FROM pg_stat_activity "
		      "WHERE pid = $1::int",
		pid, NULL) == 0);
	if (a.status == 503)
		a = register_url(&who, url);
	if (expect_registered("frozen", &a, key))
		expect_one_live("frozen", &who, url, key);
}
