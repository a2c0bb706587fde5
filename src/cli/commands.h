/* commands.h - the subcommands of postern, in one table. */
#ifndef POSTERN_COMMANDS_H
#define POSTERN_COMMANDS_H

#include "cli/command.h"

/* Ended by a row without a name. */
extern const struct command commands[];

#endif
