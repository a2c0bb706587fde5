/* grid.c - rows as a table, as CSV, and as JSON. */
#include "cli/grid.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

#include <criterion/criterion.h>

#include "common/compiler.h"

static const struct grid_column columns[] = {
	{ "id", GRID_WHOLE, false, 0 },
	{ "n", GRID_NUMBER, false, 0 },
	{ "url", GRID_TEXT, false, 0 },
	{ "on", GRID_BOOLEAN, true, 0 },
};

static const char *rows[][COUNT(columns)] = {
	{ "0123456789", "7", "https://example.com/a/long/path", "t" },
	{ "abcdefghij", "1200", NULL, "f" },
};

static const char *
cell(const void *from, size_t row, size_t column)
{
	const char *(*all)[COUNT(columns)] = (void *)(size_t)from;

	return all[row][column];
}

static const struct grid grid = { columns, COUNT(columns), COUNT(rows), cell,
	rows };

enum how { TABLE, CSV, JSON };

/* Kept until the next. */
static char *
written(const struct grid *g, enum how how, struct grid_form form)
{
	static char text[4096];
	FILE *to = fmemopen(text, sizeof text, "w");

	setlocale(LC_CTYPE, "C.UTF-8");
	if (how == TABLE)
		grid_write_table(to, g, &form);
	else if (how == CSV)
		grid_write_csv(to, g);
	else
		grid_write_json(to, g);
	fclose(to);
	return text;
}

static char *
table(struct grid_form form)
{
	return written(&grid, TABLE, form);
}

/* A grid of this one text. */
static char *
of_text(const char *text, enum how how, struct grid_form form)
{
	static const char *one[1][COUNT(columns)];
	struct grid g = grid;

	one[0][0] = text;
	g.from = one;
	g.width = g.height = 1;
	return written(&g, how, form);
}

Test(grid, a_table_has_aligned_columns_and_no_blank_at_its_end)
{
	cr_assert_str_eq(table((struct grid_form){ .width = 0 }),
	    "id             n  url\n"
	    "0123456789     7  https://example.com/a/long/path\n"
	    "abcdefghij  1200  \n");
}

Test(grid, what_does_not_fit_is_cut_but_no_id)
{
	cr_assert_str_eq(table((struct grid_form){ .width = 40 }),
	    "id             n  url\n"
	    "0123456789     7  https://example.com/a…\n"
	    "abcdefghij  1200  \n");
}

Test(grid, what_does_not_fit_at_all_is_a_list_of_names_and_values)
{
	cr_assert_str_eq(table((struct grid_form){ .width = 20 }),
	    "id   0123456789\n"
	    "n    7\n"
	    "url  https://example.com/a/long/path\n"
	    "\n"
	    "id   abcdefghij\n"
	    "n    1200\n");
}

Test(grid, a_wide_table_has_all_columns_and_cuts_nothing)
{
	cr_assert_str_eq(table((struct grid_form){ .width = 20, .wide = true }),
	    "id             n  url                              on\n"
	    "0123456789     7  https://example.com/a/long/path  t\n"
	    "abcdefghij  1200                                   f\n");
}

Test(grid, csv_and_json_have_all_columns)
{
	struct grid_form form = { .width = 0 };

	cr_assert_str_eq(written(&grid, CSV, form),
	    "id,n,url,on\n"
	    "0123456789,7,https://example.com/a/long/path,t\n"
	    "abcdefghij,1200,,f\n");
	cr_assert_str_eq(written(&grid, JSON, form),
	    "{\"id\":\"0123456789\",\"n\":7,"
	    "\"url\":\"https://example.com/a/long/path\",\"on\":true}\n"
	    "{\"id\":\"abcdefghij\",\"n\":1200,\"url\":null,\"on\":false}\n");
}

/* A text, and what each form makes of it. */
static const struct {
	const char *text, *table, *csv, *json;
} texts[] = {
	{ "plain", "plain", "plain", "\"plain\"" },
	{ "a,b", "a,b", "\"a,b\"", "\"a,b\"" },
	{ "a\"b", "a\"b", "\"a\"\"b\"", "\"a\\\"b\"" },
	{ "a\nb", "a\\nb", "\"a\nb\"", "\"a\\u000ab\"" },
	{ "\033[2J", "\\x1b[2J", "\\x1b[2J", "\"\\u001b[2J\"" },
	{ "a\rb", "a\\x0db", "\"a\\x0db\"", "\"a\\u000db\"" },
	{ "\xc2\x9b"
	  "2J",
	    "\\u{9b}2J", "\\u{9b}2J", "\"\\u009b2J\"" },
	{ "\x9b", "\\x9b", "\\x9b", "\"\\ufffd\"" },
	{ "\u202egnp", "\\u{202e}gnp", "\\u{202e}gnp", "\"\\u202egnp\"" },
	{ "\u200b", "\\u{200b}", "\\u{200b}", "\"\\u200b\"" },
	{ "Z\u00fcrich", "Z\u00fcrich", "Z\u00fcrich", "\"Z\\u00fcrich\"" },
	{ "\U0001f600", "\U0001f600", "\U0001f600", "\"\\ud83d\\ude00\"" },
	{ "\x7f", "\\x7f", "\\x7f", "\"\\u007f\"" },
	{ "", "", "\"\"", "\"\"" },
};

Test(grid, no_form_lets_control_characters_pass)
{
	struct grid_form form = { .width = 0 };

	for (size_t i = 0; i < COUNT(texts); i++) {
		char wanted[256];

		snprintf(wanted, sizeof wanted, "id\n%s\n", texts[i].table);
		cr_expect_str_eq(of_text(texts[i].text, TABLE, form), wanted);
		snprintf(wanted, sizeof wanted, "id\n%s\n", texts[i].csv);
		cr_expect_str_eq(of_text(texts[i].text, CSV, form), wanted);
		snprintf(wanted, sizeof wanted, "{\"id\":%s}\n", texts[i].json);
		cr_expect_str_eq(of_text(texts[i].text, JSON, form), wanted);
	}
}
