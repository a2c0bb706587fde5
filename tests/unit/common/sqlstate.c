/* sqlstate.c - each class of PostgreSQL's errors means the one thing. */
#include "common/compiler.h"
#include "common/sqlstate.h"

#include <string.h>

#include <criterion/criterion.h>

Test(sqlstate, the_longest_prefix_that_is_known_decides)
{
	static const struct {
		const char *state;
		enum sqlstate_meaning meaning;
	} cases[] = {
		{ NULL, SQLSTATE_LOST },
		{ "08006", SQLSTATE_LOST },
		{ "57P01", SQLSTATE_LOST },
		{ "25006", SQLSTATE_LOST },
		{ "25001", SQLSTATE_UNEXPECTED },
		{ "22P02", SQLSTATE_BAD_VALUE },
		{ "40001", SQLSTATE_RETRY },
		{ "40P01", SQLSTATE_RETRY },
		{ "55P03", SQLSTATE_RETRY },
		{ "53100", SQLSTATE_UNAVAILABLE },
		{ "57014", SQLSTATE_UNAVAILABLE },
		{ "58030", SQLSTATE_UNAVAILABLE },
		{ "PS001", SQLSTATE_UNAVAILABLE },
		{ "23514", SQLSTATE_UNEXPECTED },
		{ "42883", SQLSTATE_UNEXPECTED },
		{ "42501", SQLSTATE_UNEXPECTED },
		{ "", SQLSTATE_UNEXPECTED },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		cr_expect_eq(sqlstate_find(cases[i].state)->meaning,
		    cases[i].meaning, "row %zu", i);
}

Test(sqlstate, what_somebody_can_mend_comes_with_what_to_do)
{
	static const struct {
		const char *state, *words;
	} cases[] = {
		{ "42501", "install.sql" },
		{ "42883", "install.sql" },
		{ "53100", "disk is full: make room" },
		{ "53300", "raise max_connections" },
		{ "57014", "pg_stat_activity" },
		{ "25006", "--database" },
		{ "PS001", "--check" },
		{ "99999", "the server's log" },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		cr_expect_not_null(strstr(sqlstate_find(cases[i].state)->text,
				       cases[i].words),
		    "row %zu", i);
}
