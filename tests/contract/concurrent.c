/* concurrent.c - 64 requests at once, each with an answer of its own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "account.h"
#include "calm.h"
#include "db.h"
#include "fault.h"
#include "many.h"
#include "site.h"

#define AT_ONCE 64
#define PAIRS (AT_ONCE / 2)
#define LIMIT 10
#define BURST 100 /* as nginx lets it through */
#define ROUNDS (long_run() ? 50 : 4)
#define TEXT 512

TestSuite(concurrent, .init = calm, .fini = calm, .timeout = 300);

/*
 * One kind of request: its body, whose $u is its own URL and $n its own
 * number, and what it gets. In value, $n is that number again.
 */
struct kind {
	const char *name, *body;
	bool revoked; /* its token is */
	struct want want;
};

#define E "\"events\": [\"payment.settled\"]"

static const struct kind kinds[] = {
	{ "good", "{\"url\": \"$u\", " E "}", false, { .status = 201 } },
	{ "another good", "{" E ", \"url\": \"$u\"}", false,
	    { .status = 201 } },
	{ "poisoned", "{\"url\": \"$u/poison\", " E "}", false,
	    { 500, "internal_error", NULL, NULL } },
	{ "a revoked token", "{\"url\": \"$u\", " E "}", true,
	    { 401, "invalid_token", NULL, NULL } },
	{ "url a number", "{\"url\": $n, " E "}", false,
	    { 400, "invalid_parameter", "url", "$n" } },
	{ "events a number", "{\"url\": \"$u\", \"events\": $n}", false,
	    { 400, "invalid_parameter", "events", "$n" } },
	{ "an unknown event",
	    "{\"url\": \"$u\", \"events\": "
	    "[\"payment.settled\", \"none.$n\"]}",
	    false, { 400, "unknown_event", "events", "\"none.$n\"" } },
	{ "not JSON", "{\"url\": \"$u\", " E ",}", false,
	    { 400, "invalid_json", NULL, NULL } },
};
#define KINDS (sizeof kinds / sizeof kinds[0])

struct mixed {
	const struct kind *kind;
	char url[URL_ROOM], body[2 * TEXT], value[TEXT];
};

/* Copy a text, $u and $n in it replaced. */
static void
fill(char *to, size_t size, const char *text, const char *url, int number)
{
	size_t used = 0;

	for (; *text != '\0' && used < size - 1; text++) {
		if (strncmp(text, "$u", 2) == 0)
			used +=
			    (size_t)snprintf(to + used, size - used, "%s", url);
		else if (strncmp(text, "$n", 2) == 0)
			used += (size_t)snprintf(to + used, size - used, "%d",
			    number);
		else {
			to[used++] = *text;
			continue;
		}
		text++;
	}
	to[used < size ? used : size - 1] = '\0';
}

static void
expect_own_answer(const struct account *who, const struct mixed *m,
    const struct answer *a)
{
	struct want want = m->kind->want;
	char key[KEY_TEXT_MAX];

	if (want.status == 201) {
		if (expect_registered(m->kind->name, a, key))
			expect_one_live(m->kind->name, who, m->url, key);
		return;
	}
	if (want.value != NULL)
		want.value = m->value;
	expect_answer(m->kind->name, a, want);
}

static void
mixed_round(const struct account *who, const char *revoked)
{
	static struct mixed mixed[AT_ONCE];
	struct job *jobs = calloc(AT_ONCE, sizeof *jobs);
	long rows = account_webhooks(who), good = 0;

	for (int i = 0; i < AT_ONCE; i++) {
		struct mixed *m = &mixed[i];

		m->kind = &kinds[(size_t)i % KINDS];
		unique_url(m->url, "mixed");
		fill(m->body, sizeof m->body, m->kind->body, m->url, i);
		if (m->kind->want.value != NULL)
			fill(m->value, sizeof m->value, m->kind->want.value,
			    m->url, i);
		jobs[i].request = (struct request){ .body = m->body,
			.token = m->kind->revoked ? revoked : who->token };
		good += m->kind->want.status == 201;
	}
	many_send(jobs, AT_ONCE);
	for (int i = 0; i < AT_ONCE; i++)
		expect_own_answer(who, &mixed[i], &jobs[i].answer);
	cr_expect_eq(account_webhooks(who), rows + good,
	    "one row for each 201, none for the others");
	free(jobs);
}

/* Points 3, 4, 9 and 10, all at once. */
Test(concurrent, mixed_good_and_poisoned)
{
	struct account who = account_new();
	char revoked[64];

	account_token(&who, revoked);
	PQclear(db_query("SELECT postern.revoke_token($1)", revoked, NULL));
	fault_on_write("IF NEW.url LIKE '%poison%' THEN "
		       "RAISE EXCEPTION 'poisoned'; END IF;");
	for (int round = 0; round < ROUNDS; round++)
		mixed_round(&who, revoked);
}

/* Two in flight for each URL: the one answered last is the one that signs. */
Test(concurrent, two_of_each_url_in_flight)
{
	static char urls[PAIRS][URL_ROOM], bodies[PAIRS][BODY_ROOM];
	struct job *jobs = calloc(AT_ONCE, sizeof *jobs);
	struct account who = account_new();

	fault_on_write("PERFORM pg_sleep(0.02);");
	for (int i = 0; i < AT_ONCE; i++) {
		if (i < PAIRS)
			body_for(bodies[i], unique_url(urls[i], "pair"));
		jobs[i].request = (struct request){ .token = who.token,
			.body = bodies[i % PAIRS] };
	}
	many_send(jobs, AT_ONCE);
	for (int i = 0; i < PAIRS; i++) {
		const struct job pair[] = { jobs[i], jobs[i + PAIRS] };

		expect_last_signs("pair", &who, urls[i], pair, 2);
	}
	cr_expect_eq(account_webhooks(&who), PAIRS);
	free(jobs);
}

/* An account that may have ten gets ten, of 64 that ask at once. */
Test(concurrent, webhook_limit_is_exact)
{
	static char bodies[AT_ONCE][BODY_ROOM];
	struct job *jobs = calloc(AT_ONCE, sizeof *jobs);
	struct account who = account_new();
	char url[URL_ROOM];
	int good = 0;

	PQclear(db_query("SELECT postern.set_webhook_limit($1::uuid, $2::int)",
	    who.id, "10", NULL));
	for (int i = 0; i < AT_ONCE; i++)
		jobs[i].request = (struct request){ .token = who.token,
			.body = body_for(bodies[i], unique_url(url, "cap")) };
	many_send(jobs, AT_ONCE);
	for (int i = 0; i < AT_ONCE; i++) {
		const struct answer *a = &jobs[i].answer;

		good += a->status == 201;
		expect_answer("limit", a,
		    a->status == 201
			? (struct want){ .status = 201 }
			: (struct want){ 400, "webhook_limit_reached", NULL,
			      NULL });
	}
	cr_expect_eq(good, LIMIT, "%d registered", good);
	cr_expect_eq(account_webhooks(&who), LIMIT);
	free(jobs);
}

/* An operator holds one account: the others are served, and it comes later. */
Test(concurrent, locked_account_holds_up_no_other)
{
	static char bodies[LIMIT][BODY_ROOM];
	struct account held = account_new(), other = account_new();
	char url[URL_ROOM];
	int slow = 0;
	struct call *calls[LIMIT];
	PGconn *operator= PQconnectdb("");

	PQclear(PQexec(operator, "BEGIN"));
	PQclear(PQexecParams(operator, "SELECT postern.set_webhook_limit("
				       "$1::uuid, 500)",
	    1, NULL, (const char *[]){ held.id }, NULL, NULL, 0));
	cr_assert_eq(PQtransactionStatus(operator), PQTRANS_INTRANS);
	for (int i = 0; i < LIMIT; i++)
		calls[i] = call_start(&(struct request){ .token = held.token,
		    .body = body_for(bodies[i], unique_url(url, "held")) });
	for (int i = 0; i < LIMIT; i++) {
		struct answer a = register_url(&other, unique_url(url, "by"));

		cr_expect_eq(a.status, 201, "another account: %d", a.status);
		slow += a.seconds > 2;
	}
	cr_expect_leq(slow, LIMIT / 2, "another account waits, %d times of %d",
	    slow, LIMIT);
	PQclear(PQexec(operator, "COMMIT"));
	PQfinish(operator);
	for (int i = 0; i < LIMIT; i++) {
		struct answer a = call_wait(calls[i]);

		cr_expect(a.status == 201 || a.status == 503,
		    "the held account: %d", a.status);
	}
	cr_expect_eq(register_url(&held, unique_url(url, "held")).status, 201,
	    "once let go, the account is served");
	cr_expect_eq(account_webhooks(&other), LIMIT);
}

/* A burst that the limit lets through is served, of one URL or of many. */
Test(concurrent, burst_of_one_url)
{
	struct job *jobs = calloc(BURST, sizeof *jobs);
	struct account who = account_new();
	char body[BODY_ROOM], url[URL_ROOM];

	body_for(body, unique_url(url, "burst"));
	for (int i = 0; i < BURST; i++)
		jobs[i].request =
		    (struct request){ .token = who.token, .body = body };
	many_send(jobs, BURST);
	expect_last_signs("burst", &who, url, jobs, BURST);
	cr_expect_eq(account_webhooks(&who), 1);
	free(jobs);
}
