/* traceparent.c - what is a traceparent to the letter, and what is none. */
#include "common/traceparent.h"

#include <string.h>

#include <criterion/criterion.h>

#include "common/compiler.h"

#define TRACE "0af7651916cd43dd8448eb211c80319c"
#define SPAN "b7ad6b7169203331"
#define GOOD "00-" TRACE "-" SPAN "-01"

static struct text
span_of(const char *text)
{
	return (struct text){ text, strlen(text) };
}

Test(traceparent, to_the_letter_or_none)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
		{ GOOD, true },
		{ "00-" TRACE "-" SPAN "-00", true },
		{ "00-" TRACE "-" SPAN "-ff", true },
		{ "01-" TRACE "-" SPAN "-01", true },
		{ "cc-" TRACE "-" SPAN "-01-what-is-to-come", true },
		{ "cc-" TRACE "-" SPAN "-01-", true },
		{ "cc-" TRACE "-" SPAN "-01.x", false },
		{ "cc-" TRACE "-" SPAN "-011", false },
		{ GOOD "-", false },
		{ GOOD "-x", false },
		{ GOOD " ", false },
		{ " " GOOD, false },
		{ "ff-" TRACE "-" SPAN "-01", false },
		{ "0-" TRACE "-" SPAN "-01", false },
		{ "000-" TRACE "-" SPAN "-01", false },
		{ "00-00000000000000000000000000000000-" SPAN "-01", false },
		{ "00-" TRACE "-0000000000000000-01", false },
		{ "00-0AF7651916CD43DD8448EB211C80319C-" SPAN "-01", false },
		{ "00-" TRACE "-" SPAN "-0A", false },
		{ "00-" TRACE "-" SPAN "-1", false },
		{ "00-" TRACE "-" SPAN "-", false },
		{ "00-" TRACE "-" SPAN, false },
		{ "00-" TRACE "_" SPAN "-01", false },
		{ "00-" TRACE SPAN "-01", false },
		{ "00-" SPAN "-" TRACE "-01", false },
		{ "", false },
		{ "00", false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct traceparent t;

		cr_expect_eq(traceparent_parse(span_of(rows[i].text), &t),
		    rows[i].good, "row %zu", i);
		cr_expect_str_eq(t.trace, rows[i].good ? TRACE : "", "row %zu",
		    i);
		cr_expect_str_eq(t.span, rows[i].good ? SPAN : "", "row %zu",
		    i);
	}
}

Test(traceparent, a_child_is_of_the_same_trace)
{
	char text[TRACEPARENT_LENGTH + 1];
	struct traceparent t, again;

	cr_assert(traceparent_parse(span_of(GOOD), &t));
	traceparent_write(&t, text);
	cr_expect_str_eq(text, GOOD);
	traceparent_begin_span(&t);
	traceparent_write(&t, text);
	cr_expect_eq(strlen(text), TRACEPARENT_LENGTH);
	cr_assert(traceparent_parse(span_of(text), &again), "%s", text);
	cr_expect_str_eq(again.trace, TRACE);
	cr_expect_str_eq(again.flags, "01");
	cr_expect_str_neq(again.span, SPAN);
}
