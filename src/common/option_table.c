/* option_table.c - option parser: flags, environment and --help, one table. */
#include "common/option_table.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"

#define ENVIRONMENT_PREFIX "POSTERN_"
#define NAME_MAX_BYTES 64
#define FLAG_MAX_BYTES 128
#define ROWS_MAX 32
#define HELP_COLUMN 27
#define VALUE_SHOWN_MAX 80

static void
variable_name(const struct option_row *row, char name[NAME_MAX_BYTES])
{
	snprintf(name, NAME_MAX_BYTES, "%s%s", ENVIRONMENT_PREFIX, row->name);
	for (char *p = name; *p != '\0'; p++)
		*p = *p == '-' ? '_' : (char)toupper((unsigned char)*p);
}

static bool
apply_value(const struct option_row *row, const char *source, void *settings,
    const char *value, char *why, size_t why_size)
{
	char reason[OPTION_WHY_MAX] = "not a valid value";

	if (row->apply(settings, value, reason, sizeof reason))
		return true;
	if (row->hidden)
		snprintf(why, why_size, "%s: %s", source, reason);
	else
		snprintf(why, why_size, "%s \"%.*s\": %s", source,
		    VALUE_SHOWN_MAX, value, reason);
	return false;
}

static bool
apply_words(const struct option_row *row, const char *source, void *settings,
    const char *value, char *why, size_t why_size)
{
	char *words = strdup(value), *rest = NULL;
	bool ok = words != NULL;

	if (words == NULL)
		snprintf(why, why_size, "out of memory");
	else
		for (char *w = strtok_r(words, " \t\n", &rest); ok && w != NULL;
		     w = strtok_r(NULL, " \t\n", &rest))
			ok = apply_value(row, source, settings, w, why,
			    why_size);
	free(words);
	return ok;
}

static bool
read_environment(const struct option_row *row, void *settings, char *why,
    size_t why_size)
{
	char name[NAME_MAX_BYTES];
	const char *value;

	variable_name(row, name);
	value = getenv(name);
	if (value == NULL) {
		value = row->fallback;
		snprintf(name, sizeof name, "--%s", row->name);
	}
	if (value == NULL)
		return true;
	if (row->repeats)
		return apply_words(row, name, settings, value, why, why_size);
	return apply_value(row, name, settings, value, why, why_size);
}

/* The row of "--name" or "--name=value"; value is then the part behind =. */
static const struct option_row *
find_row(const struct option_row *rows, const char *flag, const char **value)
{
	size_t n;

	*value = NULL;
	if (strncmp(flag, "--", 2) != 0)
		return NULL;
	n = strcspn(flag + 2, "=");
	if (flag[2 + n] == '=')
		*value = flag + 2 + n + 1;
	for (; rows->name != NULL; rows++)
		if (strncmp(rows->name, flag + 2, n) == 0 &&
		    rows->name[n] == '\0')
			return rows;
	return NULL;
}

static bool
read_flags(const struct option_row *rows, void *settings, int argc, char **argv,
    bool given[ROWS_MAX], char *why, size_t why_size)
{
	for (int i = 1; i < argc; i++) {
		const char *value;
		const struct option_row *row = find_row(rows, argv[i], &value);
		char flag[FLAG_MAX_BYTES];

		/* what stands behind = may be a secret */
		snprintf(flag, sizeof flag, "%.*s", (int)strcspn(argv[i], "="),
		    argv[i]);
		if (row == NULL) {
			snprintf(why, why_size,
			    "%s: no such option; --help "
			    "lists them",
			    flag);
			return false;
		}
		given[row - rows] = true;
		if (row->argument == NULL && value == NULL)
			value = "yes";
		else if (value == NULL && i + 1 < argc)
			value = argv[++i];
		if (value == NULL) {
			snprintf(why, why_size, "%s: needs a value: %s", flag,
			    row->argument);
			return false;
		}
		if (settings != NULL &&
		    !apply_value(row, flag, settings, value, why, why_size))
			return false;
	}
	return true;
}

bool
option_table_read(const struct option_row *rows, void *settings, int argc,
    char **argv, char *why, size_t why_size)
{
	bool given[ROWS_MAX] = { false };

	if (!read_flags(rows, NULL, argc, argv, given, why, why_size))
		return false;
	for (const struct option_row *row = rows; row->name != NULL; row++)
		if (!row->action && !given[row - rows] &&
		    !read_environment(row, settings, why, why_size))
			return false;
	return read_flags(rows, settings, argc, argv, given, why, why_size);
}

void
option_table_help(const struct option_row *rows, const char *program,
    const char *summary)
{
	printf("usage: %s [OPTION...]\n%s\n\n", program, summary);
	for (; rows->name != NULL; rows++) {
		char name[NAME_MAX_BYTES], left[NAME_MAX_BYTES];

		snprintf(left, sizeof left, "--%s%s%s", rows->name,
		    rows->argument == NULL ? "" : " ",
		    rows->argument == NULL ? "" : rows->argument);
		printf("  %-*s%s%s\n", HELP_COLUMN, left, rows->help,
		    rows->repeats ? "; repeatable" : "");
		variable_name(rows, name);
		if (!rows->action)
			printf("  %*s[%s%s%s]\n", HELP_COLUMN, "", name,
			    rows->fallback == NULL ? "" : ", default ",
			    rows->fallback == NULL ? "" : rows->fallback);
	}
}

const char *
option_table_peek(const struct option_row *rows, const char *name, int argc,
    char **argv)
{
	const char *found = NULL, *value;
	char variable[NAME_MAX_BYTES];

	for (int i = 1; i < argc; i++) {
		const struct option_row *row = find_row(rows, argv[i], &value);

		if (row != NULL && row->argument != NULL && value == NULL)
			value = ++i < argc ? argv[i] : NULL;
		if (row != NULL && strcmp(row->name, name) == 0)
			found = value != NULL ? value : "yes";
	}
	while (found == NULL && rows->name != NULL &&
	    strcmp(rows->name, name) != 0)
		rows++;
	if (found != NULL || rows->name == NULL)
		return found;
	variable_name(rows, variable);
	found = rows->action ? NULL : getenv(variable);
	return found != NULL ? found : rows->fallback;
}

int
option_print_error(const char *program, const char *option, const char *why)
{
	char sentence[LOG_TEXT_MAX];

	snprintf(sentence, sizeof sentence, "%s%s%s",
	    option == NULL ? "" : option, option == NULL ? "" : ": ", why);
	log_complaint(program, sentence);
	return EXIT_FAILURE;
}

bool
option_number(const char *text, unsigned most, unsigned *out)
{
	unsigned long long n = 0;

	if (*text == '\0')
		return false;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return false;
		n = n * 10 + (unsigned)(*text - '0');
		if (n > most)
			return false;
	}
	if (n == 0)
		return false;
	*out = (unsigned)n;
	return true;
}
