/* list.c - a subcommand that shows what its query returns. */
#include "cli/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/compiler.h"
#include "common/option_table.h"
#include "common/text.h"

#include "cli/json_text.h"
#include "cli/output.h"
#include "cli/session.h"

#define LIMIT_MOST 1000000
#define SQL_MAX 8192
#define VALUES_MAX (COMMAND_OPERANDS_MAX + COMMAND_OPTIONS_MAX)

static size_t
fill_values(const struct invocation *call, const char **values)
{
	const struct command_option *option = call->command->options;
	size_t n = 0;

	for (; n < call->command->most; n++)
		values[n] = call->operands[n];
	for (; option != NULL && option->name != NULL; option++)
		values[n++] = invocation_value(call, option->name);
	return n;
}

/* All of them, where there is no such option. */
static bool
read_limit(const struct invocation *call, unsigned *limit)
{
	const char *text = invocation_value(call, "limit");

	*limit = LIMIT_MOST;
	if (text == NULL ||
	    text_number((struct text){ text, strlen(text) }, LIMIT_MOST, limit))
		return true;
	output_complain("--limit: must be a number up to %d", LIMIT_MOST);
	return false;
}

/* Is it one of the words? */
static bool
has_word(const char *words, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = words; (at = strstr(at, word)) != NULL; at += n)
		if ((at == words || at[-1] == ' ') &&
		    (at[n] == ' ' || at[n] == '\0'))
			return true;
	return false;
}

/* Of one thing that was named, all columns are of interest. */
static void
hide_columns(const struct invocation *call, struct answer *answer)
{
	const char *shown = call->command->shown;

	for (size_t c = 0; c < answer->grid.width; c++)
		answer->columns[c].hidden = shown != NULL &&
		    call->operand_count == 0 &&
		    !has_word(shown, answer->columns[c].name);
}

/* The database knows the types of values within values. */
static void
print_json(const struct answer *answer)
{
	for (size_t r = 0; r < answer->grid.height; r++) {
		json_text_copy(stdout, answer_text(answer, r, 0));
		fputc('\n', stdout);
	}
}

/* What an operand is, and the subcommand that lists such. */
static const struct {
	const char *operand, *lister;
} listers[] = {
	{ "ACCOUNT", "accounts" },
	{ "CLIENT", "clients" },
	{ "DELIVERY", "deliveries" },
	{ "TOKEN-ID", "tokens" },
	{ "TYPE", "types" },
	{ "WEBHOOK", "webhooks" },
};

static int
complain_of_none(const struct invocation *call)
{
	const char *lister = call->command->name;

	for (size_t i = 0; i < COUNT(listers); i++)
		if (strstr(call->command->operands, listers[i].operand) != NULL)
			lister = listers[i].lister;
	output_complain("%s: there is none such; \"postern %s\" lists them",
	    call->operands[0], lister);
	return EXIT_FAILURE;
}

/* A single value needs no heading. */
static void
print_grid(const struct invocation *call, const struct grid *grid)
{
	struct grid_form form = output_form(call);

	form.headless = grid->width == 1 && grid->height == 1;
	if (form.headless && output_is_table(call))
		grid_write_table(stdout, grid, &form);
	else if (grid->height > 0 || !output_is_table(call))
		output_grid(call, grid);
}

static int
print(const struct invocation *call, struct answer *answer, unsigned limit)
{
	bool more = answer->grid.height > limit;

	if (more)
		answer->grid.height = limit;
	hide_columns(call, answer);
	if (call->globals[GLOBAL_JSON] != NULL)
		print_json(answer);
	else
		print_grid(call, &answer->grid);
	if (answer->grid.height == 0 && call->operand_count > 0)
		return complain_of_none(call);
	if (answer->grid.height == 0)
		output_note(call, "%s", call->command->empty);
	else if (more)
		output_note(call, "There are more: --limit %u shows %u",
		    limit * 10, limit * 10);
	return EXIT_SUCCESS;
}

int
list_run(const struct invocation *call)
{
	const char *values[VALUES_MAX];
	struct session *session = NULL;
	struct answer answer = { .result = NULL };
	char sql[SQL_MAX];
	bool json = call->globals[GLOBAL_JSON] != NULL;
	size_t count = fill_values(call, values);
	unsigned limit;
	int status;

	if (!read_limit(call, &limit))
		return EXIT_USAGE;
	snprintf(sql, sizeof sql, "%s%s%s",
	    json ? "SELECT row_to_json(q) FROM (" : "", call->command->sql,
	    json ? ") AS q" : "");
	status = session_open(call, &session);
	if (status == EXIT_SUCCESS)
		status = session_ask(session, sql, values, count, &answer);
	if (status == EXIT_SUCCESS)
		status = print(call, &answer, limit);
	answer_clear(&answer);
	session_close(session);
	return status;
}
