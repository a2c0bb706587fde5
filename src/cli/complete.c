/* complete.c - the words that may come next, for the shells' completion. */
#include "cli/complete.h"

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

/* Those that begin so and have more words: the next word of each. */
static void
put_commands(const char *begun, const struct command **whole)
{
	size_t n = strlen(begun);

	for (const struct command *c = commands; c->name != NULL; c++) {
		if (strcmp(c->name, begun) == 0)
			*whole = c;
		else if (n == 0)
			printf("%.*s\t%s\n", (int)strcspn(c->name, " "),
			    c->name, c->help);
		else if (strncmp(c->name, begun, n) == 0 && c->name[n] == ' ')
			printf("%s\t%s\n", c->name + n + 1, c->help);
	}
}

int
complete_run(const struct invocation *call)
{
	const struct command *whole = NULL;
	char begun[NAME_MAX_BYTES] = "";

	for (size_t i = 0; i < call->operand_count && i < 2; i++) {
		size_t n = strlen(begun);

		snprintf(begun + n, sizeof begun - n, "%s%s", i == 0 ? "" : " ",
		    call->operands[i]);
		whole = NULL;
		for (const struct command *c = commands; c->name != NULL; c++)
			if (strcmp(c->name, begun) == 0)
				whole = c;
		if (whole != NULL)
			break;
	}
	put_commands(begun, &whole);
	if (whole != NULL)
		put_options(whole->options);
	put_options(arguments_globals);
	return EXIT_SUCCESS;
}
