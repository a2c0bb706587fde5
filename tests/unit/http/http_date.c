/* http_date.c - tests: the three forms of a date, to the letter. */
#include "common/compiler.h"
#include "http/http_date.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <criterion/criterion.h>

#define NOW 1795737535 /* in 2026 */

static bool
parse(const char *text, long long now, long long *seconds)
{
	return http_date_parse((struct text){ text, strlen(text) }, now,
	    seconds);
}

Test(http_date, the_three_forms)
{
	static const struct {
		const char *text;
		long long seconds;
	} cases[] = {
		{ "Sun, 06 Nov 1994 08:49:37 GMT", 784111777 },
		{ "Sunday, 06-Nov-94 08:49:37 GMT", 784111777 },
		{ "Sun Nov  6 08:49:37 1994", 784111777 },
		{ "Thu, 01 Jan 1970 00:00:00 GMT", 0 },
		{ "Wed, 31 Dec 1969 23:59:59 GMT", -1 },
		{ "Tue, 29 Feb 2000 12:00:00 GMT", 951825600 },
		{ "Sat Nov 16 23:59:59 2026", 1794873599 },
		{ "Sat, 31 Dec 2016 23:59:60 GMT", 1483228800 },
		{ "Friday, 31-Dec-76 23:59:59 GMT", 3376684799 },
		{ "Saturday, 01-Jan-77 00:00:00 GMT", 220924800 },
		{ "Fri, 31 Dec 9999 23:59:59 GMT", 253402300799 },
	};
	long long seconds;

	for (size_t i = 0; i < COUNT(cases); i++) {
		cr_expect(parse(cases[i].text, NOW, &seconds), "%s",
		    cases[i].text);
		cr_expect_eq(seconds, cases[i].seconds, "%s: %lld",
		    cases[i].text, seconds);
	}
}

Test(http_date, each_day_of_a_century)
{
	for (time_t day = 0; day < 36525L * 86400; day += 86400) {
		time_t at = day + day / 86400 % 86400;
		long long seconds;
		char text[64];
		struct tm tm;

		gmtime_r(&at, &tm);
		strftime(text, sizeof text, "%a, %d %b %Y %T GMT", &tm);
		cr_assert(parse(text, NOW, &seconds) && seconds == at, "%s",
		    text);
		strftime(text, sizeof text, "%a %b %e %T %Y", &tm);
		cr_assert(parse(text, NOW, &seconds) && seconds == at, "%s",
		    text);
		strftime(text, sizeof text, "%A, %d-%b-", &tm);
		sprintf(text + strlen(text), "%02d %02d:%02d:%02d GMT",
		    tm.tm_year % 100, tm.tm_hour, tm.tm_min, tm.tm_sec);
		cr_assert(parse(text, at, &seconds) && seconds == at, "%s",
		    text);
	}
}

Test(http_date, what_is_none)
{
	static const char *const cases[] = {
		"",
		"Sun",
		"sun, 06 Nov 1994 08:49:37 GMT",
		"Sun, 6 Nov 1994 08:49:37 GMT",
		"Sun,  6 Nov 1994 08:49:37 GMT",
		"Sun,06 Nov 1994 08:49:37 GMT",
		"Sun, 06 nov 1994 08:49:37 GMT",
		"Sun, 06 Nov 94 08:49:37 GMT",
		"Sun, 06 Nov 1994 08:49 GMT",
		"Sun, 06 Nov 1994 08:49:3",
		"Sun, 06 Nov 199",
		"Sun, 06 Nov 1994 24:00:00 GMT",
		"Sun, 06 Nov 1994 08:60:37 GMT",
		"Sun, 06 Nov 1994 08:49:61 GMT",
		"Sun, 06 Nov 1994 08:49:37",
		"Sun, 06 Nov 1994 08:49:37 UTC",
		"Sun, 06 Nov 1994 08:49:37 GMT ",
		" Sun, 06 Nov 1994 08:49:37 GMT",
		"Sun, 06 Nov 1994 08:49:37 gmt",
		"Sun, 06 Nov 1994 08:49:37 +0000",
		"Sun, 06 Nov -994 08:49:37 GMT",
		"Sun, 00 Nov 1994 08:49:37 GMT",
		"Sun, 31 Nov 1994 08:49:37 GMT",
		"Wed, 29 Feb 2023 08:49:37 GMT",
		"Mon, 29 Feb 2100 08:49:37 GMT",
		"Sun, 06-Nov-94 08:49:37 GMT",
		"Sunday, 06 Nov 1994 08:49:37 GMT",
		"Sunday, 06-Nov-1994 08:49:37 GMT",
		"Sun Nov 6 08:49:37 1994",
		"Sun Nov   6 08:49:37 1994",
		"Sun Nov  6 08:49:37 1994 GMT",
		"Sun Nov 32 08:49:37 1994",
		"1994-11-06T08:49:37Z",
		"784111777",
	};
	long long seconds;

	for (size_t i = 0; i < COUNT(cases); i++)
		cr_expect_not(parse(cases[i], NOW, &seconds), "%s", cases[i]);
}

Test(http_date, a_clock_that_is_far_off_harms_nobody)
{
	static const long long clocks[] = { LLONG_MIN, -1, 0, LLONG_MAX };
	long long seconds;

	for (size_t i = 0; i < COUNT(clocks); i++)
		cr_expect(parse("Sunday, 06-Nov-94 08:49:37 GMT", clocks[i],
		    &seconds));
}
