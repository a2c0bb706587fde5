/*
 * command.h - what a subcommand of postern is, and what it is called with.
 *
 * A subcommand is a row of commands.c and a function in a file of its own. One
 * that only shows what a query returns has list_run and the query.
 */
#ifndef POSTERN_COMMAND_H
#define POSTERN_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#define COMMAND_OPERANDS_MAX 8
#define COMMAND_OPTIONS_MAX 16

/* Beside EXIT_SUCCESS, EXIT_FAILURE and EXIT_USAGE of option_table.h. */
#define EXIT_AWAY 3      /* the database cannot be reached, or was lost */
#define EXIT_FORBIDDEN 4 /* a right is missing */

struct invocation;

struct command_option {
	const char *name;     /* "webhook", for --webhook; NULL ends a list */
	const char *value;    /* "ID": what follows; NULL: a switch */
	const char *fallback; /* NULL: none */
	const char *help;     /* one line */
	char letter;          /* 'h' for -h; 0: none */
};

/* Of many tables of options. */
#define OPTION_END           \
	{                    \
		.name = NULL \
	}
#define OPTION_LIMIT                                             \
	{                                                        \
		.name = "limit", .value = "N", .fallback = "50", \
		.help = "print so many at most"                  \
	}

struct command {
	const char *group; /* the heading in --help */
	const char *name;  /* "webhooks", "keys rotate"; NULL ends the table */
	const char *operands; /* "[WEBHOOK]", as --help shows them */
	const char *help;     /* one line */
	size_t least, most;   /* how many operands */
	const struct command_option *options; /* NULL: none */
	int (*run)(const struct invocation *call);

	/*
	 * Of a listing. $1 and on are its operands, then its options, as text;
	 * NULL is one that is not given, and "yes" a switch that is.
	 */
	const char *sql;
	const char *shown; /* columns of its table, with blanks; NULL: all */
	const char *empty; /* what it says when there are none */
};

/* Of every subcommand. */
enum global {
	GLOBAL_HOST,
	GLOBAL_PORT,
	GLOBAL_USERNAME,
	GLOBAL_DBNAME,
	GLOBAL_JSON,
	GLOBAL_CSV,
	GLOBAL_WIDE,
	GLOBAL_HELP,
	GLOBAL_VERSION,
	GLOBAL_COUNT
};

/* A call of postern: all is borrowed from argv and the tables, or NULL. */
struct invocation {
	const struct command *command; /* NULL: none was named */
	const char *operands[COMMAND_OPERANDS_MAX];
	size_t operand_count;
	const char *values[COMMAND_OPTIONS_MAX]; /* by the options' places */
	const char *globals[GLOBAL_COUNT];
};

/* The value of one of the command's options, or its fallback, or NULL. */
const char *invocation_value(const struct invocation *call, const char *name);

#endif
