/* help.h - what postern can do, from its tables. */
#ifndef POSTERN_HELP_H
#define POSTERN_HELP_H

#include <stdio.h>

#include "cli/command.h"

/* All of it. */
void help_write(FILE *to);

/* About one subcommand. */
void help_write_command(FILE *to, const struct command *command);

/* postern help [COMMAND] */
int help_run(const struct invocation *call);

#endif
