/* kill_points.c - the responder killed at the worst moments of one request. */
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "account.h"
#include "calm.h"
#include "fault.h"
#include "many.h"
#include "site.h"
#include "stall.h"

TestSuite(kill, .init = calm, .fini = calm, .timeout = 120);

/* The preloaded library that kills, where the responder can reach it. */
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

/* The next responder dies at this place of its first request. */
static void
arm(const char *place)
{
	char library[PATH_ROOM], wrapper[2 * PATH_ROOM];

	borrow_library(library);
	snprintf(wrapper, sizeof wrapper, "/usr/bin/env LD_PRELOAD=%s "
	    "KILL_AT=%s ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0",
	    library, place);
	setenv("RESPONDER_WRAPPER", wrapper, 1);
	site("responder", "restart", NULL);
	unsetenv("RESPONDER_WRAPPER");
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
	if (strcmp(place, "after-reply") == 0)
		expect_answer(place, &a, (struct want){ .status = 201 });
	else
		expect_answer(place, &a, (struct want){
		    503, "service_unavailable", NULL, NULL });
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
	call = call_start(&(struct request){
		.token = who.token, .body = body });
	WAIT_FOR(10, stall_reached(where));
	cr_assert_eq(kill(cgi_pid(), SIGKILL), 0);
	a = call_wait(call);
	stall_end(where);
	expect_answer(place, &a, (struct want){ 503, "service_unavailable",
	    NULL, NULL });
	fault_clear();
	expect_retry_works(place, &who, url);
}

Test(kill, responder_at_every_stage_of_a_request)
{
	static const struct {
		const char *place;
		bool stored;
	} cases[] = {
		{ "after-read", false },
		{ "before-commit", false },
		{ "after-commit", true },
		{ "before-reply", true },
		{ "after-reply", true },
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
