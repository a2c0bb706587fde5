/* arguments.c - argv to a subcommand, and what is said of a wrong one. */
#include "cli/arguments.h"

#include <stdio.h>
#include <string.h>

#include <criterion/criterion.h>

#include "common/compiler.h"

#include "cli/commands.h"
#include "common/nearest.h"

static const struct command_option options[] = {
	{ .name = "limit", .value = "N", .fallback = "50", .help = "" },
	{ .name = "all", .help = "" },
	{ .name = NULL },
};

static const struct command table[] = {
	{ .name = "hooks", .operands = "[ID]", .most = 1, .options = options },
	{ .name = "keys rotate", .operands = "ID", .least = 1, .most = 1 },
	{ .name = NULL },
};

#define WORDS_MAX 12

static struct invocation call;
static char why[256];

/* Read what a shell would make of these words. */
static bool
reads(const char *line)
{
	static char words[256];
	char *argv[WORDS_MAX + 2] = { (char[]){ "postern" } }, *rest = NULL;
	int n = 1;

	snprintf(words, sizeof words, "%s", line);
	for (char *w = strtok_r(words, " ", &rest); w != NULL && n <= WORDS_MAX;
	     w = strtok_r(NULL, " ", &rest))
		argv[n++] = w;
	memset(&call, 0, sizeof call);
	return arguments_read(table, n, argv, &call, why, sizeof why);
}

Test(arguments, options_stand_before_the_command_and_behind_it)
{
	cr_assert(reads("-h there --json hooks -p5 --limit 7 x --all"));
	cr_expect_eq(call.command, &table[0]);
	cr_expect_str_eq(call.globals[GLOBAL_HOST], "there");
	cr_expect_str_eq(call.globals[GLOBAL_PORT], "5");
	cr_expect_str_eq(call.globals[GLOBAL_JSON], "yes");
	cr_expect_str_eq(invocation_value(&call, "limit"), "7");
	cr_expect_str_eq(invocation_value(&call, "all"), "yes");
	cr_expect_str_eq(call.operands[0], "x");
}

Test(arguments, an_option_that_is_not_given_has_its_fallback)
{
	cr_assert(reads("hooks"));
	cr_expect_str_eq(invocation_value(&call, "limit"), "50");
	cr_expect_null(invocation_value(&call, "all"));
	cr_expect_null(call.globals[GLOBAL_JSON]);
}

Test(arguments, behind_two_hyphens_there_are_no_options)
{
	cr_assert(reads("hooks -- --all"));
	cr_expect_str_eq(call.operands[0], "--all");
}

Test(arguments, a_command_may_be_two_words)
{
	cr_assert(reads("keys rotate k1"));
	cr_expect_eq(call.command, &table[1]);
	cr_expect_str_eq(call.operands[0], "k1");
}

static const struct {
	const char *line, *why;
} wrong[] = {
	{ "hoks", "hoks: no such command; did you mean hooks?" },
	{ "hook", "hook: no such command; did you mean hooks?" },
	{ "keys", "keys: no such command; did you mean keys rotate?" },
	{ "keys rotat k", "keys: no such command; did you mean keys rotate?" },
	{ "something", "something: no such command" },
	{ "hooks --limt 3", "--limt: no such option; did you mean --limit?" },
	{ "hooks --jsno", "--jsno: no such option; did you mean --json?" },
	{ "--limit 3 hooks", "--limit: no such option" },
	{ "hooks -x", "-x: no such option" },
	{ "hooks --limit", "--limit: needs a value" },
	{ "hooks --all=yes", "--all: takes no value" },
	{ "hooks --colour=hush", "--colour: no such option" },
	{ "hooks a b", "b: one argument too many" },
	{ "keys rotate", "keys rotate needs ID" },
};

Test(arguments, what_is_wrong_is_said_with_what_may_have_been_meant)
{
	for (size_t i = 0; i < COUNT(wrong); i++) {
		cr_expect_not(reads(wrong[i].line), "%s", wrong[i].line);
		cr_expect_str_eq(why, wrong[i].why);
	}
}

Test(arguments, help_may_be_asked_for_without_the_operands)
{
	cr_assert(reads("keys rotate --help"));
}

static size_t
options_of(const struct command *c)
{
	size_t n = 0;

	while (c->options != NULL && c->options[n].name != NULL)
		n++;
	return n;
}

Test(arguments, the_table_of_commands_keeps_its_limits)
{
	for (const struct command *c = commands; c->name != NULL; c++) {
		cr_expect_leq(c->most, COMMAND_OPERANDS_MAX, "%s", c->name);
		cr_expect_leq(options_of(c), COMMAND_OPTIONS_MAX, "%s",
		    c->name);
		cr_expect_leq(strlen(c->help), 52, "%s", c->name);
		cr_expect_not_null(c->run, "%s", c->name);
		for (size_t i = 0; i < options_of(c); i++)
			for (size_t g = 0; g < GLOBAL_COUNT; g++)
				cr_expect_str_neq(c->options[i].name,
				    arguments_globals[g].name, "%s", c->name);
	}
}
