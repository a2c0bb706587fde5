/* verify_compare.c - what was sent beside what came. */
#include "cli/verify_compare.h"

#include <string.h>

#include <criterion/criterion.h>

static struct text
view(const char *text)
{
	return (struct text){ text, strlen(text) };
}

Test(verify_compare, an_id_says_when_it_was_made)
{
	static const char *const wrong[] = { "", "msg_", "msg_1",
		"msg_01a20cb97a5276f8b4c9adcab0eb223",
		"msg_01a20cb97a5276f8b4c9adcab0eb22399",
		"msg_01a20cb97a5276f8b4c9adcab0eb223g",
		"xsg_01a20cb97a5276f8b4c9adcab0eb2239" };
	long long seconds;

	cr_assert(
	    verify_compare_made_at(view("msg_01a20cb97a5276f8b4c9adcab0eb2239"),
		&seconds));
	cr_assert_eq(seconds, 0x01a20cb97a52 / 1000);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		cr_assert_not(verify_compare_made_at(view(wrong[i]), &seconds));
}

Test(verify_compare, the_first_byte_that_differs_is_shown)
{
	static const struct {
		const char *sent, *came, *cause, *part;
	} cases[] = {
		{ "{\"a\":1}", "{\"a\":1}", "key", "is the one that was sent" },
		{ "{\"a\":1}", "{\"a\":2}", "body_changed",
		    "first 5 bytes it was \"1}\", and is \"2}\"" },
		{ "{\"a\":1}", "{\"a\":1}\n", "body_changed",
		    "first 7 bytes it was at its end, and is \"\n\"" },
		{ "{\"a\":1}", "{\"a\"", "body_changed",
		    "was \":1}\", and is at its end" },
		{ "", "0123456789012345678901234567890123456789",
		    "body_changed", "is \"012345678901234567890123\"" },
	};
	struct signature_finding finding;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		verify_compare_bodies(view(cases[i].sent), view(cases[i].came),
		    &finding);
		cr_assert_str_eq(finding.cause, cases[i].cause);
		cr_assert_not_null(strstr(finding.text, cases[i].part), "%s",
		    finding.text);
	}
}
