/*
 * option_table.h - option parser: flags, environment and --help, one table.
 *
 * Each row is one setting. --NAME sets it, else POSTERN_NAME in the
 * environment (upper case, hyphens as underscores), else the fallback. A
 * setting that repeats is one flag each time, or one variable with blanks
 * between. Actions (--help and the like) have no variable.
 */
#ifndef POSTERN_OPTION_TABLE_H
#define POSTERN_OPTION_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"

#define OPTION_WHY_MAX 512
#define EXIT_USAGE 2 /* of a program whose settings are wrong */

/* Take a value into settings; false: why says what is wrong with it. */
typedef bool option_apply(void *settings, const char *value, char *why,
    size_t why_size);

struct option_row {
	const char *name;     /* NULL ends the table */
	const char *argument; /* what the value is; NULL: a switch */
	const char *fallback; /* NULL: none */
	const char *help;     /* one line, for --help and the manual */
	option_apply *apply;
	bool repeats;
	bool action;
	bool hidden; /* its value may hold a secret: not in why */
};

/*
 * Apply the fallbacks, then the environment, then the flags. A switch gets
 * "yes" by its flag and "yes" or "no" by its variable. False: why names the
 * flag or variable, its value unless hidden, and what is wrong with it.
 */
MUST_CHECK bool option_table_read(const struct option_row *rows, void *settings,
    int argc, char **argv, char *why, size_t why_size);

/* Print "usage: ..." and a line for each row to stdout. */
void option_table_help(const struct option_row *rows, const char *program,
    const char *summary);

/*
 * What a setting would be given, whether it could be applied or not; NULL:
 * nothing. Not for those that repeat.
 */
const char *option_table_peek(const struct option_row *rows, const char *name,
    int argc, char **argv);

/*
 * Complain to the log (log_complaint): "OPTION: WHY"; option may be NULL.
 * Returns EXIT_FAILURE, for main to return.
 */
int option_print_error(const char *program, const char *option,
    const char *why);

/* A number in decimal digits alone, from 1 to most; false otherwise. */
MUST_CHECK bool option_number(const char *text, unsigned most, unsigned *out);

#endif
