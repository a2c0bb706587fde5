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

/* Does a subcommand before this one begin with the same word? */
static bool
is_repeated(const struct command *c, size_t n)
{
	for (const struct command *b = commands; b < c; b++)
		if (strncmp(b->name, c->name, n) == 0 &&
		    (b->name[n] == ' ' || b->name[n] == '\0'))
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

		if (n == 0 && !is_repeated(c, first))
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

int
complete_run(const struct invocation *call)
{
	const char *first = call->operands[0], *second = call->operands[1];
	const struct command *command = NULL;
	char both[NAME_MAX_BYTES];

	snprintf(both, sizeof both, "%s %s", first == NULL ? "" : first,
	    second == NULL ? "" : second);
	if (first != NULL) {
		command = find_command(both);
		if (command == NULL)
			command = find_command(first);
	}
	if (second == NULL)
		put_commands(first == NULL ? "" : first);
	if (command != NULL)
		put_options(command->options);
	put_options(arguments_globals);
	return EXIT_SUCCESS;
}
