/* hours.c - acceptance point 13: closed outside the working hours. */
#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "account.h"
#include "calm.h"
#include "db.h"
#include "site.h"

TestSuite(hours, .init = calm, .fini = calm, .timeout = 120);

static const struct want closed = { 503, "outside_working_hours", NULL, NULL };

/*
 * Open every day from so many minutes from now until so many, in whole
 * minutes and in this time zone. The next opening, in seconds of the epoch.
 */
static void
set_hours(const char *zone, int from, int to, char opening[DB_TEXT_MAX])
{
	char text[2][16];

	snprintf(text[0], sizeof text[0], "%d", from);
	snprintf(text[1], sizeof text[1], "%d", to);
	db_text(opening,
	    "SELECT extract(epoch FROM date_trunc('minute', now() "
	    "+ make_interval(mins => (1440 + $2::int) % 1440)))::bigint "
	    "FROM (SELECT now() AT TIME ZONE $1 AS wall) t, "
	    "postern.set_working_hours($1, 'mon-sun ' || "
	    "to_char(wall + make_interval(mins => $2::int), 'HH24:MI') || "
	    "'-' || "
	    "to_char(wall + make_interval(mins => $3::int), 'HH24:MI'))",
	    zone, text[0], text[1], NULL);
}

static long
seconds_until(const char *opening)
{
	return db_number("SELECT ceil($1::bigint - "
			 "extract(epoch FROM clock_timestamp()))",
	    opening, NULL);
}

/* Closed, and Retry-After is right to the second it was asked in. */
static void
expect_closed(const char *name, const struct account *who, const char *opening)
{
	char url[URL_ROOM];
	long before = seconds_until(opening), after, told;
	struct answer a = register_url(who, unique_url(url, "p13"));

	after = seconds_until(opening);
	expect_answer(name, &a, closed);
	told = retry_after(&a);
	cr_expect(told <= before && told >= after,
	    "%s: Retry-After %ld, but %ld to %ld", name, told, after, before);
}

/* To be closed is no error; the responder's log has it as information. */
static void
expect_calm_log(const struct account *who)
{
	char url[URL_ROOM], id[128], pattern[256];
	struct answer a = register_url(who, unique_url(url, "p13"));

	if (!has_responder())
		return;
	answer_header(&a, "X-Request-Id", id, sizeof id);
	snprintf(pattern, sizeof pattern,
	    " level=info .* request=%s status=503 "
	    "code=outside_working_hours ",
	    id);
	cr_expect(log_has("responder.log", pattern), "p13: logged as info");
}

/* While closed: who may not ask learns nothing, who may learns only this. */
static void
expect_order(const struct account *who)
{
	struct account stranger = *who;
	char url[URL_ROOM], body[BODY_ROOM];
	struct answer a;

	body_for(body, unique_url(url, "p13"));
	stranger.token[10] ^= 1;
	a = post(&stranger, body);
	expect_answer("p13 bad token", &a,
	    (struct want){ 401, "invalid_token", NULL, NULL });
	a = http_send(&(struct request){ .body = body });
	expect_answer("p13 no token", &a,
	    (struct want){ 401, "unauthorized", NULL, NULL });
	a = post(who, "{");
	expect_answer("p13 bad body", &a, closed);
	a = http_send(&(struct request){ .token = who->token,
	    .type = "text/plain",
	    .body = body });
	expect_answer("p13 bad type", &a, closed);
	a = http_send(
	    &(struct request){ .token = who->token, .method = "GET" });
	expect_answer("p13 GET", &a,
	    (struct want){ 405, "method_not_allowed", NULL, NULL });
}

/* What the schedule says of instants that no test can wait for. */
static void
expect_schedule(void)
{
	static const struct {
		const char *name, *zone, *window, *at, *seconds;
	} cases[] = {
		{ "last open second", "UTC", "mon-fri 08:00-18:00",
		    "2027-03-03 17:59:59+00", "open" },
		{ "closing time", "UTC", "mon-fri 08:00-18:00",
		    "2027-03-03 18:00:00+00", "50400" },
		{ "weekend", "UTC", "mon-fri 08:00-18:00",
		    "2027-03-05 18:00:00+00", "223200" },
		{ "over midnight", "UTC", "fri 22:00-02:00",
		    "2027-03-06 01:59:59+00", "open" },
		{ "after midnight", "UTC", "fri 22:00-02:00",
		    "2027-03-06 02:00:00+00", "590400" },
		{ "spring, a skipped opening", "Europe/Berlin",
		    "mon-sun 02:30-04:00", "2027-03-28 00:00:00+00", "3600" },
		{ "spring, a day of 23 hours", "Europe/Berlin",
		    "mon-sun 12:00-13:00", "2027-03-27 12:00:00+00", "79200" },
		{ "autumn, a day of 25 hours", "Europe/Berlin",
		    "mon-sun 12:00-13:00", "2027-10-30 11:00:00+00", "86400" },
		{ "autumn, the same hour again", "Europe/Berlin",
		    "mon-sun 02:30-02:45", "2027-10-31 00:45:00+00", "2700" },
		{ "a holiday", "UTC", "mon-sun 08:00-18:00",
		    "2027-05-01 12:00:00+00", "72000" },
	};
	char text[DB_TEXT_MAX];

	PQclear(
	    db_query("SELECT postern.close_on('2027-05-01', 'test')", NULL));
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		PQclear(db_query("SELECT postern.set_working_hours($1, $2)",
		    cases[i].zone, cases[i].window, NULL));
		db_text(text,
		    "SELECT coalesce(postern.seconds_until_open("
		    "$1::timestamptz)::text, 'open')",
		    cases[i].at, NULL);
		cr_expect_str_eq(text, cases[i].seconds, "p13 %s",
		    cases[i].name);
	}
	PQclear(db_query("SELECT postern.open_on('2027-05-01')", NULL));
}

/* Closed: 503 and a Retry-After right to a second. */
Test(hours, outside_working_hours)
{
	/* zones without daylight saving, so that a minute is a minute */
	static const struct {
		const char *zone;
		int from, to;
	} hours[] = {
		{ "UTC", 120, 180 },
		{ "Asia/Kathmandu", 1380, 1410 },
		{ "Australia/Brisbane", -180, -120 },
	};
	char url[URL_ROOM], opening[DB_TEXT_MAX];
	struct account who = account_new();
	struct answer a;

	for (size_t i = 0; i < sizeof hours / sizeof hours[0]; i++) {
		set_hours(hours[i].zone, hours[i].from, hours[i].to, opening);
		expect_closed(hours[i].zone, &who, opening);
	}
	expect_order(&who);
	expect_calm_log(&who);
	cr_expect_eq(account_webhooks(&who), 0, "p13: zero rows");

	set_hours("Europe/Berlin", -60, 60, opening);
	a = register_url(&who, unique_url(url, "p13"));
	expect_answer("p13 open", &a, (struct want){ .status = 201 });
	db_run("SELECT postern.close_on((now() AT TIME ZONE 'Europe/Berlin')"
	       "::date, 'contract test')");
	a = register_url(&who, unique_url(url, "p13"));
	expect_answer("p13 holiday", &a, closed);
	db_run("SELECT postern.open_on((now() AT TIME ZONE 'Europe/Berlin')"
	       "::date)");
	expect_schedule();
	db_run("SELECT postern.open_always()");
	a = register_url(&who, unique_url(url, "p13"));
	expect_answer("p13 open again", &a, (struct want){ .status = 201 });
	cr_expect_eq(account_webhooks(&who), 2, "p13: two rows");
}
