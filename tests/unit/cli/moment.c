/* moment.c - times as people and headers write them. */
#include "cli/moment.h"

#include <criterion/criterion.h>

#define NOW 1795509811 /* 2026-11-24T08:43:31Z */

Test(moment, what_people_write)
{
	static const char *const cases[][2] = {
		{ "now", "2026-11-24T08:43:31Z" },
		{ "1 second ago", "2026-11-24T08:43:30Z" },
		{ "10 minutes ago", "2026-11-24T08:33:31Z" },
		{ "2 hours ago", "2026-11-24T06:43:31Z" },
		{ "1 day ago", "2026-11-23T08:43:31Z" },
		{ "3 weeks ago", "2026-11-03T08:43:31Z" },
		{ "1000000 weeks ago", "1970-01-01T00:00:00Z" },
		{ "2026-11-24T08:00:00+01:00", "2026-11-24T08:00:00+01:00" },
	};
	char moment[MOMENT_MAX];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		cr_assert(moment_read(cases[i][0], NOW, moment), "%s",
		    cases[i][0]);
		cr_assert_str_eq(moment, cases[i][1]);
	}
}

Test(moment, what_is_no_time)
{
	static const char *const wrong[] = { "", "yesterday", "2", "2 hours",
		"hours ago", "2 hour sago", "-2 hours ago", "2  hours ago",
		"99999999999 days ago", "2 hours ago " };
	char moment[MOMENT_MAX];

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		cr_assert_not(moment_read(wrong[i], NOW, moment), "%s",
		    wrong[i]);
}

Test(moment, the_date_of_an_answer)
{
	long long seconds;

	cr_assert(moment_of_date("Tue, 24 Nov 2026 08:43:31 GMT", &seconds));
	cr_assert_eq(seconds, NOW);
	cr_assert_not(moment_of_date("", &seconds));
	cr_assert_not(moment_of_date("tomorrow", &seconds));
	cr_assert_not(
	    moment_of_date("Tue, 24 Nov 2026 08:43:31 GMT+1", &seconds));
}
