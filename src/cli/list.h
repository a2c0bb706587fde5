/* list.h - a subcommand that shows what its query returns. */
#ifndef POSTERN_LIST_H
#define POSTERN_LIST_H

#include "cli/command.h"

/*
 * Run the command's query and print the rows. Its option --limit, if it has
 * one, is its query's LIMIT, and one more, so that it is known whether there
 * are others.
 */
int list_run(const struct invocation *call);

#endif
