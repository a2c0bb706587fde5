/* limits.c - acceptance points 17, 18 and 22: sizes, framing and rate. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "account.h"
#include "calm.h"
#include "db.h"
#include "many.h"
#include "site.h"

TestSuite(limits, .init = calm, .fini = calm, .timeout = 120);

#define BODY_MAX 16384
#define LINE_ROOM 10000
#define BRACKETS 8000
#define FLAT_KB 1024
#define FAST 5 /* seconds, on a busy machine */
#define BURST 40
#define FORGED 80

/* A good body, padded with blanks to exactly this many bytes. */
static const char *
padded(char body[BODY_ROOM], size_t length)
{
	char url[URL_ROOM];
	size_t used = strlen(body_for(body, unique_url(url, "p17")));

	memset(body + used, ' ', length - used);
	body[length] = '\0';
	return body;
}

static void
expect_body_limit(const struct account *who)
{
	static const struct {
		const char *name;
		size_t length;
		bool chunked;
		int status, times;
	} cases[] = {
		{ "p17 body at the limit", BODY_MAX, false, 201, 1 },
		{ "p17 body at the limit, chunked", BODY_MAX, true, 201, 1 },
		{ "p17 body one over", BODY_MAX + 1, false, 413, 10 },
		{ "p17 body one over, chunked", BODY_MAX + 1, true, 413, 10 },
	};
	char body[BODY_ROOM];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
		for (int n = 0; n < cases[i].times; n++) {
			struct answer a =
			    http_send(&(struct request){ .token = who->token,
				.chunked = cases[i].chunked,
				.body = padded(body, cases[i].length) });

			expect_answer(cases[i].name, &a,
			    (struct want){ cases[i].status, "too_large", NULL,
				NULL });
			cr_expect_lt(a.seconds, FAST, "%s: fast",
			    cases[i].name);
		}
	cr_expect_eq(account_webhooks(who), 2, "p17: two rows");
}

/* prefix followed by a's: a line of this many bytes. */
static const char *
long_line(char line[LINE_ROOM], const char *prefix, size_t length)
{
	size_t used = strlen(prefix);

	memcpy(line, prefix, used);
	memset(line + used, 'a', length - used);
	line[length] = '\0';
	return line;
}

static void
expect_line_limits(const struct account *who)
{
	static const struct {
		const char *name, *header, *target;
		size_t length;
		int status;
	} cases[] = {
		{ "p17 a 9 kB header", "X-Long: ", NULL, 9000, 431 },
		{ "p17 a 9 kB token", "Authorization: Bearer ", NULL, 9000,
		    431 },
		{ "p17 a 7 kB header", "X-Long: ", NULL, 7000, 201 },
		{ "p17 a 9 kB URI", NULL, ROUTE "?q=", 9000, 414 },
		{ "p17 a 7 kB URI", NULL, ROUTE "?q=", 7000, 201 },
	};
	char line[LINE_ROOM], url[URL_ROOM], body[BODY_ROOM];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		const char *header = cases[i].header, *target = NULL;
		struct answer a;

		if (header != NULL)
			header = long_line(line, header, cases[i].length);
		else
			target =
			    long_line(line, cases[i].target, cases[i].length);
		a = http_send(&(struct request){ .token = who->token,
		    .headers = { header },
		    .target = target,
		    .body = body_for(body, unique_url(url, "p17")) });
		expect_answer(cases[i].name, &a,
		    (struct want){ cases[i].status, "too_large", NULL, NULL });
	}
}

/* 8,000 x `[` again and again: refused fast, and the memory is flat. */
static void
expect_flat(const struct account *who)
{
	char body[BRACKETS + 1];
	int times = has_responder() ? 100 : 5;
	long before = 0, after;

	memset(body, '[', BRACKETS);
	body[BRACKETS] = '\0';
	for (int i = 0; i < times; i++) {
		struct answer a = post(who, body);

		expect_answer("p17 8,000 x [", &a,
		    (struct want){ 400, "invalid_json", NULL, NULL });
		cr_expect_lt(a.seconds, FAST, "p17 8,000 x [: fast");
		if (i == 9 && has_responder())
			before = process_number(responder_pid(), "VmRSS");
	}
	if (!has_responder() || SANITIZED) {
		tell("p17: the memory of a %s is not judged",
		    SANITIZED ? "sanitized build"
			      : "process that answers once");
		return;
	}
	after = process_number(responder_pid(), "VmRSS");
	cr_expect(before > 0 && after - before < FLAT_KB,
	    "p17 memory: %ld kB, then %ld kB", before, after);
}

/* At the limit 201, one over the right 4xx, fast, memory flat. */
Test(limits, sizes)
{
	struct account who = account_new();

	expect_body_limit(&who);
	expect_line_limits(&who);
	cr_expect_eq(account_webhooks(&who), 4, "p17: four rows");
	expect_flat(&who);
	cr_expect_eq(account_webhooks(&who), 4, "p17: zero rows more");
}

#define LINE "POST " ROUTE " HTTP/1.1\r\n"
#define HOST "Host: localhost\r\n"
#define CL "Content-Length: 200\r\n"
#define TE "Transfer-Encoding: chunked\r\n"
#define FRAMED 200

/* Framing that two parsers could read in two ways, and no Host. */
Test(limits, framing)
{
	static const struct {
		const char *name, *head;
		bool chunked;
	} cases[] = {
		{ "p18 CL with TE", LINE HOST CL TE, true },
		{ "p18 TE with CL", LINE HOST TE CL, true },
		{ "p18 two CL", LINE HOST CL "Content-Length: 5\r\n", false },
		{ "p18 two CL alike", LINE HOST CL CL, false },
		{ "p18 +5", LINE HOST "Content-Length: +5\r\n", false },
		{ "p18 -1", LINE HOST "Content-Length: -1\r\n", false },
		{ "p18 5 5", LINE HOST "Content-Length: 5 5\r\n", false },
		{ "p18 CL beyond numbers",
		    LINE HOST "Content-Length: 99999999999999999999999\r\n",
		    false },
		{ "p18 no Host", LINE CL, false },
		{ "p18 two Host", LINE HOST HOST CL, false },
		{ "p18 a bad Host", LINE "Host: a b\r\n" CL, false },
		{ "p18 TE of gzip", LINE HOST "Transfer-Encoding: gzip\r\n",
		    false },
	};
	static const struct want refused = { 400, "invalid_request", NULL,
		NULL };
	struct account who = account_new();
	char body[BODY_ROOM], bytes[BODY_ROOM];
	long good = 0;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		bool chunked = cases[i].chunked;
		int n = snprintf(bytes, sizeof bytes,
		    "%s"
		    "Content-Type: application/json\r\n"
		    "Authorization: Bearer %s\r\n\r\n%s%s%s",
		    cases[i].head, who.token, chunked ? "c8\r\n" : "",
		    padded(body, FRAMED), chunked ? "\r\n0\r\n\r\n" : "");
		struct answer a = http_raw(bytes, (size_t)n);

		expect_answer(cases[i].name, &a, refused);
		good += want_here(cases[i].name, refused).status == 201;
	}
	cr_expect_eq(account_webhooks(&who), good, "p18: no other row");
}

static int
count_status(const struct job *jobs, size_t n, int status)
{
	int count = 0;

	for (size_t i = 0; i < n; i++)
		count += jobs[i].answer.status == status;
	return count;
}

static void
burst(struct job *jobs, char (*bodies)[BODY_ROOM], const struct account *who,
    size_t n)
{
	char url[URL_ROOM];

	for (size_t i = 0; i < n; i++)
		jobs[i].request = (struct request){ .token = who->token,
			.body = body_for(bodies[i], unique_url(url, "p22")) };
}

/* A burst over the limit: 429, never 503; other accounts go on. */
Test(limits, rate_limit)
{
	static char bodies[BURST + 1][BODY_ROOM];
	struct job *jobs = calloc(BURST + 1, sizeof *jobs);
	struct account busy = account_new(), calm_one = account_new();
	int good, limited;

	site("server", "rate", "2");
	burst(jobs, bodies, &busy, BURST);
	burst(jobs + BURST, bodies + BURST, &calm_one, 1);
	many_send(jobs, BURST + 1);
	site("server", "rate", "0");
	good = count_status(jobs, BURST, 201);
	limited = count_status(jobs, BURST, 429);
	cr_expect_eq(good + limited, BURST, "p22: 201 or 429, never 503");
	for (size_t i = 0; i < BURST; i++)
		if (jobs[i].answer.status == 429)
			expect_answer("p22", &jobs[i].answer,
			    (struct want){ 429, "rate_limited", NULL, NULL });
	if (server_is("nginx"))
		cr_expect(good > 0 && limited > 0,
		    "p22: %d registered, %d limited", good, limited);
	else
		tell("p22: stock httpd counts no credentials; all %d of %d "
		     "are registered",
		    good, BURST);
	expect_answer("p22 another account", &jobs[BURST].answer,
	    (struct want){ .status = 201 });
	cr_expect_eq(account_webhooks(&busy), good, "p22: rows");
	free(jobs);
}

/* Tokens that nobody was given, each used once, are counted by address. */
Test(limits, rate_limit_of_invented_tokens)
{
	static char tokens[FORGED][DB_TEXT_MAX], body[BODY_ROOM];
	struct job *jobs = calloc(FORGED, sizeof *jobs);
	char url[URL_ROOM];
	int unknown, limited;

	body_for(body, unique_url(url, "p22"));
	for (size_t i = 0; i < FORGED; i++) {
		db_text(tokens[i], "SELECT postern.new_token(7)", NULL);
		jobs[i].request =
		    (struct request){ .token = tokens[i], .body = body };
	}
	site("server", "rate", "1");
	many_send(jobs, FORGED);
	site("server", "rate", "0");
	unknown = count_status(jobs, FORGED, 401);
	limited = count_status(jobs, FORGED, 429);
	cr_expect_eq(unknown + limited, FORGED, "p22: 401 or 429, never 503");
	if (server_is("nginx"))
		cr_expect(unknown > 0 && limited > 0,
		    "p22: %d unknown, %d limited", unknown, limited);
	free(jobs);
}
