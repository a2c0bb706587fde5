/* outcome.c - the words of SQL functions are outcomes, and no others. */
#include "responder/outcome.h"

#include <criterion/criterion.h>

Test(outcome, a_word_is_its_outcome)
{
	enum outcome o = OUTCOME_COUNT;

	cr_assert(outcome_from_word("admitted", &o));
	cr_assert_eq(o, OUTCOME_NONE);
	cr_assert(outcome_from_word("busy", &o));
	cr_assert_eq(o, OUTCOME_SERVICE_UNAVAILABLE);
	cr_assert(outcome_from_word("superseded", &o));
	cr_assert_eq(o, OUTCOME_SERVICE_UNAVAILABLE);
}

Test(outcome, another_word_is_none)
{
	enum outcome o = OUTCOME_COUNT;

	cr_assert_not(outcome_from_word(NULL, &o));
	cr_assert_not(outcome_from_word("", &o));
	cr_assert_not(outcome_from_word("registered ", &o));
	cr_assert_eq(o, OUTCOME_COUNT);
}
