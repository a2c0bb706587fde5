/* output.h - what a subcommand says: results on stdout, the rest on stderr. */
#ifndef POSTERN_OUTPUT_H
#define POSTERN_OUTPUT_H

#include <stdbool.h>

#include "common/compiler.h"

#include "cli/command.h"
#include "cli/grid.h"

/* How wide stdout is, and whether it shows colours. */
struct grid_form output_form(const struct invocation *call);

/* Print a grid in the form that the call asks for. */
void output_grid(const struct invocation *call, const struct grid *grid);

/* Is it a person who reads, rather than a program that takes JSON or CSV? */
bool output_is_table(const struct invocation *call);

/* One line to stderr, behind the program's name; control characters escaped. */
void output_complain(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* What to do about it: lines below the complaint. */
void output_advise(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* One line to stderr that is no complaint, and only for people. */
void output_note(const struct invocation *call, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Write what is buffered. EXIT_FAILURE, said on stderr: it cannot be. */
MUST_CHECK int output_end(int status);

#endif
