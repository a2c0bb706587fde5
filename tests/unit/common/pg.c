/* pg.c - the words of libpq on one line of ours. */
#include "common/pg.h"

#include <criterion/criterion.h>

Test(pg, words_are_on_one_line_and_said_once)
{
	static const struct {
		const char *words, *line;
	} cases[] = {
		{ "", "" },
		{ "a\n\tb c\n", "a  b c" },
		{ "refused: a\nrefused: a\n", "refused: a" },
		{ "to ::1: a\nfile\nto 127.0.0.1: a\nfile\n",
		    "to ::1: a file to 127.0.0.1: a" },
		{ "ab\na\n\n", "ab a" },
	};
	char line[64];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		pg_one_line(cases[i].words, line, sizeof line);
		cr_expect_str_eq(line, cases[i].line);
	}
	pg_one_line("four\nfive\nsix", line, 7);
	cr_expect_str_eq(line, "four f");
}
