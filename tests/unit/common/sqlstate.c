/* sqlstate.c - each class of PostgreSQL's errors means the one thing. */
#include "common/compiler.h"
#include "common/sqlstate.h"

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
		{ "", SQLSTATE_UNEXPECTED },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		cr_expect_eq(sqlstate_find(cases[i].state)->meaning,
		    cases[i].meaning, "row %zu", i);
}
