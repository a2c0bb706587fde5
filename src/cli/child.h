/* child.h - a program that is run, and what it says. */
#ifndef POSTERN_CHILD_H
#define POSTERN_CHILD_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"

struct child {
	const char *const *argv; /* ended by NULL; looked for in PATH */
	const char *const *env;  /* NAME=VALUE, beside ours; NULL: none */
	const char *settings;    /* a file of such lines; NULL: none */
	const char *user;        /* whom it runs as; NULL: as we do */
};

/*
 * Run it to its end, with an empty stdin. Returns its exit status, or -1: it
 * cannot be run, or was ended by a signal. said gets the beginning of what it
 * wrote to stdout and stderr; NULL: these are ours.
 */
MUST_CHECK int child_run(const struct child *child, char *said, size_t size);

/* Be this user, with its home directory, from now on, for good. */
MUST_CHECK bool child_become(const char *user);

/*
 * Root alone, of one thread: have the rights of this user until child_return.
 * False: errno says why not, and nothing has changed.
 */
MUST_CHECK bool child_lend(const char *user);
void child_return(void);

#endif
