/* complete.h - the words that may come next, for the shells' completion. */
#ifndef POSTERN_COMPLETE_H
#define POSTERN_COMPLETE_H

#include "cli/command.h"

/*
 * postern complete [COMMAND]: a line for each subcommand, or for each option of
 * one: the word, a tab, and what it is.
 */
int complete_run(const struct invocation *call);

#endif
