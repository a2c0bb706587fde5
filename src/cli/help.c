/* help.c - what postern can do, from its tables. */
#include "cli/help.h"

#include <stdlib.h>
#include <string.h>

#include "common/option_table.h"

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/output.h"

#define COLUMN 26
#define LEFT_MAX 64

static void
put_options(FILE *to, const struct command_option *options)
{
	for (; options != NULL && options->name != NULL; options++) {
		char left[LEFT_MAX];
		const char *value = options->value;

		if (options->letter != 0)
			snprintf(left, sizeof left, "-%c, --%s%s%s",
			    options->letter, options->name,
			    value == NULL ? "" : " ",
			    value == NULL ? "" : value);
		else
			snprintf(left, sizeof left, "--%s%s%s", options->name,
			    value == NULL ? "" : " ",
			    value == NULL ? "" : value);
		fprintf(to, "  %-*s  %s\n", COLUMN - 2, left, options->help);
		if (options->fallback != NULL)
			fprintf(to, "  %*s[default %s]\n", COLUMN, "",
			    options->fallback);
	}
}

void
help_write(FILE *to)
{
	const char *group = "";

	fputs("usage: postern [OPTION...] COMMAND [ARGUMENT...]\n"
	      "Looks after Postern, the webhook service.\n",
	    to);
	for (const struct command *c = commands; c->name != NULL; c++) {
		if (strcmp(group, c->group) != 0)
			fprintf(to, "\n%s:\n", c->group);
		group = c->group;
		fprintf(to, "  %-*s  %s\n", COLUMN - 2, c->name, c->help);
	}
	fputs("\nOptions of every command:\n", to);
	put_options(to, arguments_globals);
	fputs(
	    "\n\"postern help COMMAND\" has the options of one; postern(1) has "
	    "examples.\n",
	    to);
}

void
help_write_command(FILE *to, const struct command *command)
{
	fprintf(to, "usage: postern %s%s%s%s\n%s\n", command->name,
	    command->options == NULL ? "" : " [OPTION...]",
	    *command->operands == '\0' ? "" : " ", command->operands,
	    command->help);
	if (command->options != NULL)
		fputs("\nOptions:\n", to);
	put_options(to, command->options);
	fputs("\n\"postern help\" has those of every command.\n", to);
}

/* Its name may be two words. */
static bool
is_named(const struct command *command, const struct invocation *call)
{
	const char *first = call->operands[0], *second = call->operands[1];
	size_t n = strlen(first);

	if (strncmp(command->name, first, n) != 0)
		return false;
	return second == NULL ? command->name[n] == '\0'
			      : command->name[n] == ' ' &&
		strcmp(command->name + n + 1, second) == 0;
}

int
help_run(const struct invocation *call)
{
	if (call->operand_count == 0) {
		help_write(stdout);
		return EXIT_SUCCESS;
	}
	for (const struct command *c = commands; c->name != NULL; c++)
		if (is_named(c, call)) {
			help_write_command(stdout, c);
			return EXIT_SUCCESS;
		}
	output_complain("%s: no such command; \"postern help\" lists them",
	    call->operands[0]);
	return EXIT_USAGE;
}
