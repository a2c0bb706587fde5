/* under_load.c - parts killed, stopped and restarted while clients register. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <criterion/criterion.h>

#include "account.h"
#include "calm.h"
#include "db.h"
#include "load.h"
#include "site.h"

#define CLIENTS 8
#define SOME 30 /* registrations between two events */
#define ROUNDS (long_run() ? 20 : 2)
#define OUTAGE_SECONDS (long_run() ? 10 : 3)
#define DEADLOCK_SECONDS (long_run() ? 60 : 5)

TestSuite(under_load, .init = calm, .fini = calm, .timeout = 900);

static void
await_more(struct load *l)
{
	long enough = load_registered(l) + SOME;

	WAIT_FOR(30, load_registered(l) >= enough);
}

static void
postgres_back(void)
{
	site("postgres", "start", NULL);
}

static void
responder_back(void)
{
	site("responder", "start", NULL);
}

static void
back_by_itself(void)
{
}

/* Clients that ask again until they get a 201, while a part is killed. */
static void
kill_rounds(const char *part, const char *verb, void (*come)(void))
{
	struct account who = account_new();
	struct tally sum = { 0 };

	for (int round = 0; round < ROUNDS; round++) {
		struct load *l = load_start(&(struct load_plan){ .who = &who,
		    .word = verb,
		    .clients = CLIENTS,
		    .retry = true });
		struct tally t;

		await_more(l);
		site(part, verb, NULL);
		come();
		await_more(l);
		load_stop(l);
		t = load_tally(l);
		expect_tally(verb, &t, true);
		cr_expect_eq(load_others(l, 201, 503), 0,
		    "%s: %ld neither 201 nor 503", verb,
		    load_others(l, 201, 503));
		sum.acknowledged += t.acknowledged;
		sum.stored += t.stored;
		sum.lost += t.lost;
		sum.duplicated += t.duplicated;
		load_free(l);
	}
	tell("%s %s, %d rounds: %ld acknowledged, %ld stored, %ld lost, "
	     "%ld doubled",
	    part, verb, ROUNDS, sum.acknowledged, sum.stored, sum.lost,
	    sum.duplicated);
}

Test(under_load, backend_killed_loses_nothing)
{
	kill_rounds("postgres", "kill-backend", back_by_itself);
}

Test(under_load, postgresql_killed_loses_nothing)
{
	kill_rounds("postgres", "kill", postgres_back);
}

Test(under_load, responder_killed_loses_nothing)
{
	if (!has_responder())
		tell("no responder outlives a request; see kill points");
	else
		kill_rounds("responder", "kill", responder_back);
}

/* Only 201 and 503, back without a restart, and the rows are the 201s. */
Test(under_load, outage_of_postgresql)
{
	pid_t pid = has_responder() ? responder_pid() : 0;
	struct account who = account_new();
	struct load *l = load_start(&(struct load_plan){ .who = &who,
	    .word = "outage",
	    .clients = CLIENTS });
	struct tally t;
	double end;

	await_more(l);
	site("postgres", "stop", NULL);
	end = now_seconds() + OUTAGE_SECONDS;
	WAIT_FOR(OUTAGE_SECONDS + 1, now_seconds() >= end);
	site("postgres", "start", NULL);
	await_more(l);
	load_stop(l);
	t = load_tally(l);
	expect_tally("outage", &t, true);
	cr_expect_eq(load_others(l, 201, 503), 0, "only 201 and 503");
	tell("outage of %d s: %ld times 201, %ld times 503, %ld rows",
	    OUTAGE_SECONDS, load_count(l, 201), load_count(l, 503), t.stored);
	if (has_responder())
		cr_expect_eq(responder_pid(), pid, "no restart");
	load_free(l);
}

/* A file that any user may write, holding the exit status of the responder. */
static void
watch_exit(char path[PATH_ROOM])
{
	char wrapper[PATH_ROOM];

	site_borrow("kill/note-exit", wrapper);
	site_path(path, "contract-exit");
	fclose(fopen(path, "we"));
	chmod(path, 0666);
	setenv("NOTE_EXIT", path, 1);
	restart_under(wrapper);
}

static bool
file_holds(const char *path, const char *wanted)
{
	char text[64] = "";
	FILE *f = fopen(path, "re");

	if (f == NULL)
		return false;
	if (fgets(text, sizeof text, f) == NULL)
		text[0] = '\0';
	fclose(f);
	text[strcspn(text, "\n")] = '\0';
	return strcmp(text, wanted) == 0;
}

static void
restart_under_load(const char *name, int signal)
{
	struct account who = account_new();
	char exit_file[PATH_ROOM];
	struct load *l;
	struct tally t;

	watch_exit(exit_file);
	l = load_start(&(
	    struct load_plan){ .who = &who, .word = name, .clients = CLIENTS });
	await_more(l);
	cr_assert_eq(kill(responder_pid(), signal), 0);
	WAIT_FOR(10, file_holds(exit_file, "0"));
	site("responder", "start", NULL);
	await_more(l);
	load_stop(l);
	t = load_tally(l);
	expect_tally(name, &t, true);
	cr_expect_eq(load_others(l, 201, 503), 0, "%s: only 201 and 503", name);
	tell("%s: %ld times 201, %ld times 503, %ld rows", name,
	    load_count(l, 201), load_count(l, 503), t.stored);
	load_free(l);
}

/* What was in hand is answered, and the exit status is 0. */
Test(under_load, restart_of_the_responder_loses_nothing)
{
	if (!has_responder()) {
		tell("no responder outlives a request");
		return;
	}
	restart_under_load("SIGTERM", SIGTERM);
	restart_under_load("SIGUSR1", SIGUSR1);
}

static long
deadlocks(void)
{
	db_run("SELECT pg_stat_clear_snapshot()");
	return db_number("SELECT sum(deadlocks)::bigint FROM pg_stat_database",
	    NULL);
}

/* What an operator may do meanwhile. */
static void
administer(const struct account *who, int turn)
{
	struct account other = *who;
	char id[DB_TEXT_MAX];

	account_token(who, other.token);
	PQclear(db_query("SELECT postern.revoke_token($1)", other.token, NULL));
	db_text(id,
	    "SELECT coalesce(min(id::text), '') FROM ("
	    "SELECT id FROM postern.webhook WHERE account_id = $1::uuid "
	    "LIMIT 1) w",
	    who->id, NULL);
	if (id[0] != '\0') {
		PQclear(db_query("SELECT postern.disable_webhook($1::uuid, "
				 "'contract test')",
		    id, NULL));
		PQclear(db_query("SELECT postern.enable_webhook($1::uuid)", id,
		    NULL));
	}
	db_run(turn % 2 == 0
		? "SELECT postern.open_always()"
		: "SELECT postern.set_working_hours('UTC', 'mon-sun 00:00-24:00')");
	if (turn % 10 == 0)
		db_run("SELECT postern.maintain()");
}

/* Two responders on one socket and an operator: no deadlock. */
Test(under_load, two_responders_and_an_operator_never_deadlock)
{
	struct account who = account_new(), same = account_new();
	double end = now_seconds() + DEADLOCK_SECONDS;
	long before = deadlocks();
	char pair[PATH_ROOM];
	struct load *l, *again;
	int turn = 0;

	if (has_responder()) {
		site_borrow("kill/pair", pair);
		restart_under(pair);
	}
	l = load_start(&(struct load_plan){ .who = &who,
	    .word = "deadlock",
	    .clients = CLIENTS });
	again = load_start(&(struct load_plan){ .who = &same,
	    .word = "deadlock",
	    .clients = CLIENTS,
	    .same = 4 });
	for (; now_seconds() < end; turn++)
		administer(turn % 2 == 0 ? &who : &same, turn);
	load_stop(l);
	load_stop(again);
	cr_expect_eq(deadlocks() - before, 0, "no deadlock");
	cr_expect_eq(load_others(l, 201, 201), 0, "all registered");
	cr_expect_eq(load_others(again, 201, 201), 0, "all registered again");
	cr_expect_eq(account_webhooks(&who), load_registered(l));
	tell("%ld and %ld registrations, %d turns of an operator, "
	     "0 deadlocks",
	    load_registered(l), load_registered(again), turn);
	load_free(l);
	load_free(again);
	if (has_responder())
		site("responder", "restart", NULL);
}
