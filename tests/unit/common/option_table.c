/* option_table.c - settings come from flags, then environment, then fallback. */
#include "common/option_table.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

struct box {
	char name[64];
	char words[64];
	bool on;
	bool acted;
};

static bool
set_name(void *to, const char *value, char *why, size_t size)
{
	struct box *b = to;

	snprintf(why, size, "too long");
	snprintf(b->name, sizeof b->name, "%s", value);
	return strlen(value) < 8;
}

static bool
add_word(void *to, const char *value, char *why, size_t size)
{
	struct box *b = to;
	size_t n = strlen(b->words);

	(void)why;
	(void)size;
	snprintf(b->words + n, sizeof b->words - n, "<%s>", value);
	return true;
}

static bool
set_on(void *to, const char *value, char *why, size_t size)
{
	struct box *b = to;

	(void)why;
	(void)size;
	b->on = strcmp(value, "yes") == 0;
	return true;
}

static bool
act(void *to, const char *value, char *why, size_t size)
{
	struct box *b = to;

	(void)value;
	(void)why;
	(void)size;
	b->acted = true;
	return true;
}

static const struct option_row rows[] = {
	{ .name = "a-name",
	    .argument = "NAME",
	    .fallback = "plain",
	    .apply = set_name },
	{ .name = "word",
	    .argument = "WORD",
	    .apply = add_word,
	    .repeats = true },
	{ .name = "on", .fallback = "no", .apply = set_on },
	{ .name = "act", .apply = act, .action = true },
	{ .name = "password",
	    .argument = "TEXT",
	    .hidden = true,
	    .apply = set_name },
	{ .name = NULL },
};

static bool
read_into(struct box *b, char *why, size_t size, int argc, const char **argv)
{
	*b = (struct box){ .name = "" };
	return option_table_read(rows, b, argc, (char **)(uintptr_t)argv, why,
	    size);
}

#define READ(b, why, ...)                                         \
	read_into(b, why, sizeof why,                             \
	    (int)(sizeof(const char *[]){ "prog", __VA_ARGS__ } / \
		sizeof(char *)),                                  \
	    (const char *[]){ "prog", __VA_ARGS__ })

Test(option_table, flag_wins_over_environment_over_fallback)
{
	struct box b;
	char why[OPTION_WHY_MAX];

	cr_assert(READ(&b, why, "--on"));
	cr_assert_str_eq(b.name, "plain");
	cr_assert(b.on);
	setenv("POSTERN_A_NAME", "env", 1);
	setenv("POSTERN_ON", "yes", 1);
	cr_assert(READ(&b, why, "--act"));
	cr_assert_str_eq(b.name, "env");
	cr_assert(b.on && b.acted);
	cr_assert(READ(&b, why, "--a-name", "flag"));
	cr_assert_str_eq(b.name, "flag");
	cr_assert(READ(&b, why, "--a-name=equal"));
	cr_assert_str_eq(b.name, "equal");
}

Test(option_table, repeated_flags_replace_the_variable_with_its_blanks)
{
	struct box b;
	char why[OPTION_WHY_MAX];

	setenv("POSTERN_WORD", " one  two ", 1);
	cr_assert(READ(&b, why, "--act"));
	cr_assert_str_eq(b.words, "<one><two>");
	cr_assert(READ(&b, why, "--word", "three", "--word", "four"));
	cr_assert_str_eq(b.words, "<three><four>");
}

Test(option_table, what_is_wrong_is_named)
{
	struct box b;
	char why[OPTION_WHY_MAX];

	cr_assert_not(READ(&b, why, "--nothing"));
	cr_assert_str_eq(why, "--nothing: no such option; --help lists them");
	cr_assert_not(READ(&b, why, "a-name"));
	cr_assert_not(READ(&b, why, "--a-nam"));
	cr_assert_not(READ(&b, why, "--a-name"));
	cr_assert_str_eq(why, "--a-name: needs a value: NAME");
	cr_assert_not(READ(&b, why, "--a-name", "far too long"));
	cr_assert_str_eq(why, "--a-name \"far too long\": too long");
	cr_assert_not(READ(&b, why, "--a-name=far too long"));
	cr_assert_str_eq(why, "--a-name \"far too long\": too long");
	setenv("POSTERN_A_NAME", "far too long", 1);
	cr_assert_not(READ(&b, why, "--on"));
	cr_assert_str_eq(why, "POSTERN_A_NAME \"far too long\": too long");
}

Test(option_table, what_may_be_secret_is_not_repeated)
{
	static const char expected[] = "--password: too long";
	struct box b;
	char why[OPTION_WHY_MAX];

	cr_assert_not(READ(&b, why, "--password", "far too long"));
	cr_assert_str_eq(why, expected);
	cr_assert_not(READ(&b, why, "--password=far too long"));
	cr_assert_str_eq(why, expected);
	cr_assert_not(READ(&b, why, "--pasword=far too long"));
	cr_assert_str_eq(why, "--pasword: no such option; --help lists them");
	setenv("POSTERN_PASSWORD", "far too long", 1);
	cr_assert_not(READ(&b, why, "--on"));
	cr_assert_str_eq(why, "POSTERN_PASSWORD: too long");
}

Test(option_table, a_number_is_digits_within_bounds)
{
	static const struct {
		const char *text;
		bool ok;
		unsigned value;
	} cases[] = {
		{ "1", true, 1 },
		{ "512", true, 512 },
		{ "007", true, 7 },
		{ "513", false, 0 },
		{ "0", false, 0 },
		{ "", false, 0 },
		{ " 1", false, 0 },
		{ "+1", false, 0 },
		{ "-1", false, 0 },
		{ "1x", false, 0 },
		{ "4294967297", false, 0 },
		{ "18446744073709551617", false, 0 },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		unsigned n = 0;

		cr_assert_eq(option_number(cases[i].text, 512, &n), cases[i].ok,
		    "text \"%s\"", cases[i].text);
		cr_assert_eq(n, cases[i].value, "of \"%s\"", cases[i].text);
	}
}
