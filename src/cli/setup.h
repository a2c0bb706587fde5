/* setup.h - everything that Postern needs, made where it is missing. */
#ifndef POSTERN_SETUP_H
#define POSTERN_SETUP_H

#include "cli/command.h"

extern const struct command_option setup_options[];

/*
 * postern setup: as root also users, keys and settings of this host, and then
 * in the database as postgres. What is there is left as it is.
 */
int setup_run(const struct invocation *call);

#endif
