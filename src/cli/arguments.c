/* arguments.c - argv to a subcommand, its operands and its options. */
#include "cli/arguments.h"

#include <stdio.h>
#include <string.h>

#include "common/nearest.h"

#define NAME_MAX_BYTES 64
#define NAMES_MAX 128

const struct command_option arguments_globals[] = {
	[GLOBAL_HOST] = { "host", "HOST", NULL,
	    "the database's host or socket directory [PGHOST]", 'h' },
	[GLOBAL_PORT] = { "port", "PORT", NULL, "its port [PGPORT]", 'p' },
	[GLOBAL_USERNAME] = { "username", "ROLE", NULL,
	    "the role to log in as [PGUSER]", 'U' },
	[GLOBAL_DBNAME] = { "dbname", "NAME", NULL,
	    "database or connection string [PGDATABASE, postern]", 'd' },
	[GLOBAL_JSON] = { "json", NULL, NULL, "print JSON, an object a line",
	    0 },
	[GLOBAL_CSV] = { "csv", NULL, NULL, "print CSV", 0 },
	[GLOBAL_WIDE] = { "wide", NULL, NULL,
	    "print all columns, and cut nothing", 0 },
	[GLOBAL_HELP] = { "help", NULL, NULL, "print help, then exit", 0 },
	[GLOBAL_VERSION] = { "version", NULL, NULL,
	    "print the version, then exit", 'V' },
	[GLOBAL_COUNT] = { NULL, NULL, NULL, NULL, 0 },
};

/* What is being read, and where the complaint goes. */
struct reader {
	const struct command *commands;
	struct invocation *call;
	char **next; /* the argument after the one in hand */
	char *why;
	size_t why_size;
};

static bool
complain(const struct reader *r, const char *given, const char *wrong,
    const char *near)
{
	snprintf(r->why, r->why_size, "%.*s: %s%s%s%s", NAME_MAX_BYTES, given,
	    wrong, near == NULL ? "" : "; did you mean ",
	    near == NULL ? "" : near, near == NULL ? "" : "?");
	return false;
}

static const struct command *
find_command(const struct command *commands, const char *name)
{
	for (; commands->name != NULL; commands++)
		if (strcmp(commands->name, name) == 0)
			return commands;
	return NULL;
}

static bool
unknown_command(const struct reader *r, const char *name)
{
	const char *names[NAMES_MAX + 1];
	size_t n = 0;

	for (; r->commands[n].name != NULL && n < NAMES_MAX; n++)
		names[n] = r->commands[n].name;
	names[n] = NULL;
	return complain(r, name, "no such command", nearest_word(name, names));
}

/* One word, or two, of which the second is not taken unless it belongs. */
static bool
read_command(struct reader *r, const char *word)
{
	char both[NAME_MAX_BYTES];

	if (*r->next != NULL) {
		snprintf(both, sizeof both, "%s %s", word, *r->next);
		r->call->command = find_command(r->commands, both);
		if (r->call->command != NULL) {
			r->next++;
			return true;
		}
	}
	r->call->command = find_command(r->commands, word);
	return r->call->command != NULL || unknown_command(r, word);
}

static bool
read_operand(struct reader *r, const char *word)
{
	struct invocation *call = r->call;

	if (call->command == NULL)
		return read_command(r, word);
	if (call->operand_count == call->command->most)
		return complain(r, word, "one argument too many", NULL);
	call->operands[call->operand_count++] = word;
	return true;
}

/* NULL: it is not on the list. *place is where its value belongs. */
static const struct command_option *
find_option(const struct command_option *list, const char *name, size_t n,
    const char **values, const char ***place)
{
	for (; list != NULL && list->name != NULL; list++, values++)
		if (strncmp(list->name, name, n) == 0 &&
		    list->name[n] == '\0') {
			*place = values;
			return list;
		}
	return NULL;
}

static const struct command_option *
find_letter(char letter, struct invocation *call, const char ***place)
{
	for (size_t i = 0; i < GLOBAL_COUNT; i++)
		if (arguments_globals[i].letter == letter) {
			*place = &call->globals[i];
			return &arguments_globals[i];
		}
	return NULL;
}

static bool
unknown_option(const struct reader *r, const char *flag)
{
	const char *names[COMMAND_OPTIONS_MAX + GLOBAL_COUNT + 1];
	const struct command_option *own =
	    r->call->command == NULL ? NULL : r->call->command->options;
	const char *near;
	char shown[NAME_MAX_BYTES];
	size_t n = 0;

	for (; own != NULL && own->name != NULL; own++)
		names[n++] = own->name;
	for (size_t i = 0; i < GLOBAL_COUNT; i++)
		names[n++] = arguments_globals[i].name;
	names[n] = NULL;
	near =
	    strncmp(flag, "--", 2) == 0 ? nearest_word(flag + 2, names) : NULL;
	snprintf(shown, sizeof shown, "--%s", near == NULL ? "" : near);
	return complain(r, flag, "no such option", near == NULL ? NULL : shown);
}

/* attached is the value behind = or behind the letter, or NULL. */
static bool
take_option(struct reader *r, const struct command_option *option,
    const char **place, const char *flag, const char *attached)
{
	if (option->value == NULL) {
		if (attached != NULL)
			return complain(r, flag, "takes no value", NULL);
		*place = "yes";
		return true;
	}
	if (attached == NULL && *r->next == NULL)
		return complain(r, flag, "needs a value", NULL);
	*place = attached != NULL ? attached : *r->next++;
	return true;
}

static bool
read_long_option(struct reader *r, const char *word)
{
	size_t n = strcspn(word + 2, "=");
	const struct command_option *option = NULL;
	const char **place = NULL;
	char flag[NAME_MAX_BYTES];

	/* what stands behind = may be a secret */
	snprintf(flag, sizeof flag, "%.*s", (int)(n + 2), word);
	if (r->call->command != NULL)
		option = find_option(r->call->command->options, word + 2, n,
		    r->call->values, &place);
	if (option == NULL)
		option = find_option(arguments_globals, word + 2, n,
		    r->call->globals, &place);
	if (option == NULL)
		return unknown_option(r, flag);
	return take_option(r, option, place, flag,
	    word[2 + n] == '=' ? word + 2 + n + 1 : NULL);
}

static bool
read_short_option(struct reader *r, const char *word)
{
	const char **place = NULL;
	const struct command_option *option =
	    find_letter(word[1], r->call, &place);
	const char flag[] = { '-', word[1], '\0' };

	if (option == NULL)
		return unknown_option(r, flag);
	return take_option(r, option, place, flag,
	    word[2] == '\0' ? NULL : word + 2);
}

static bool
check_count(const struct reader *r)
{
	const struct invocation *call = r->call;

	if (call->command == NULL || call->globals[GLOBAL_HELP] != NULL ||
	    call->operand_count >= call->command->least)
		return true;
	snprintf(r->why, r->why_size, "%s needs %s", call->command->name,
	    call->command->operands);
	return false;
}

bool
arguments_read(const struct command *commands, int argc, char **argv,
    struct invocation *call, char *why, size_t why_size)
{
	struct reader r = { commands, call, argv + (argc > 0), why, why_size };
	bool options = true, ok = true;

	while (ok && *r.next != NULL) {
		const char *word = *r.next++;

		if (options && strcmp(word, "--") == 0)
			options = false;
		else if (options && strncmp(word, "--", 2) == 0)
			ok = read_long_option(&r, word);
		else if (options && word[0] == '-' && word[1] != '\0')
			ok = read_short_option(&r, word);
		else
			ok = read_operand(&r, word);
	}
	return ok && check_count(&r);
}

const char *
invocation_value(const struct invocation *call, const char *name)
{
	const struct command_option *option = call->command->options;

	for (size_t i = 0; option != NULL && option->name != NULL;
	     i++, option++)
		if (strcmp(option->name, name) == 0)
			return call->values[i] != NULL ? call->values[i]
						       : option->fallback;
	return NULL;
}
