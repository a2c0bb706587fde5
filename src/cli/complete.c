/* complete.c - the words that may come next, for the shells' completion. */
#include "cli/complete.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/arguments.h"
#include "cli/commands.h"

#define NAME_MAX_BYTES 64

static void
put_options(const struct command_option *options)
{
	for (; options != NULL && options->name != NULL; options++)
		printf("--%s\t%s\n", options->name, options->help);
}

/* Is this its first word? */
static bool
is_begun(const struct command *command, const char *word)
{
	size_t n = strlen(word);

	return strncmp(command->name, word, n) == 0 &&
	    (command->name[n] == ' ' || command->name[n] == '\0');
}

/* Does a subcommand before this one begin with the same word? */
static bool
is_repeated(const struct command *command)
{
	char first[NAME_MAX_BYTES];

	snprintf(first, sizeof first, "%.*s", (int)strcspn(command->name, " "),
	    command->name);
	for (const struct command *c = commands; c < command; c++)
		if (is_begun(c, first))
			return true;
	return false;
}

/* The next word of those that begin so and have more words. */
static void
put_commands(const char *begun)
{
	size_t n = strlen(begun);

	for (const struct command *c = commands; c->name != NULL; c++) {
		size_t first = strcspn(c->name, " ");

		if (n == 0 && !is_repeated(c))
			printf("%.*s\t%s\n", (int)first, c->name, c->help);
		else if (n > 0 && strncmp(c->name, begun, n) == 0 &&
		    c->name[n] == ' ')
			printf("%s\t%s\n", c->name + n + 1, c->help);
	}
}

static const struct command *
find_command(const char *name)
{
	for (const struct command *c = commands; c->name != NULL; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

/* The first that begins a subcommand: values of options may be before it. */
static size_t
find_first(const struct invocation *call)
{
	for (size_t i = 0; i < call->operand_count; i++)
		for (const struct command *c = commands; c->name != NULL; c++)
			if (is_begun(c, call->operands[i]))
				return i;
	return call->operand_count;
}

int
complete_run(const struct invocation *call)
{
	size_t at = find_first(call);
	size_t left = call->operand_count - at;
	const struct command *command = NULL;
	char both[NAME_MAX_BYTES];

	if (left > 0) {
		snprintf(both, sizeof both, "%s %s", call->operands[at],
		    left > 1 ? call->operands[at + 1] : "");
		command = find_command(both);
		if (command == NULL)
			command = find_command(call->operands[at]);
	}
	if (left < 2)
		put_commands(left == 0 ? "" : call->operands[at]);
	if (command != NULL)
		put_options(command->options);
	put_options(arguments_globals);
	return EXIT_SUCCESS;
}
