/*
 * arguments.h - argv to a subcommand, its operands and its options.
 *
 * Options stand before the subcommand or behind it, as --name VALUE,
 * --name=VALUE, -n VALUE or -nVALUE. Behind -- there are none.
 */
#ifndef POSTERN_ARGUMENTS_H
#define POSTERN_ARGUMENTS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"

#include "cli/command.h"

/* The options of every subcommand, by enum global. */
extern const struct command_option arguments_globals[];

/*
 * Fill a zeroed call. False: why says what is wrong with which argument, and
 * what may have been meant. Values are in it only where they can be no secret:
 * a value behind = is not.
 */
MUST_CHECK bool arguments_read(const struct command *commands, int argc,
    char **argv, struct invocation *call, char *why, size_t why_size);

#endif
