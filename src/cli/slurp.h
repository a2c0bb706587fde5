/* slurp.h - a whole file, or all of standard input, into memory. */
#ifndef POSTERN_SLURP_H
#define POSTERN_SLURP_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"

/*
 * Read the file, "-" being standard input, of most bytes at most. The text
 * ends in a NUL that length does not count, and is to be freed. NULL: why says
 * what is wrong. private: refuse a file that others may read.
 */
MUST_CHECK char *slurp_file(const char *path, size_t most, bool private,
    size_t *length, char *why, size_t why_size);

/*
 * Ask for a line on the terminal, which does not show what is typed; without
 * its end, NUL-terminated. False: there is no terminal, or nothing was typed.
 */
MUST_CHECK bool slurp_hidden_line(const char *prompt, char *line, size_t size);

#endif
