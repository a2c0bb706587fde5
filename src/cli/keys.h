/* keys.h - keys made, made known, and replaced by others. */
#ifndef POSTERN_KEYS_H
#define POSTERN_KEYS_H

#include <stdbool.h>

#include "common/compiler.h"

#include "cli/command.h"

/* postern keys add FILE.pub */
int keys_add_run(const struct invocation *call);

/*
 * postern keys rotate sealing|signing FILE: make FILE and FILE.pub, unless they
 * are there, make the latter known, and say what comes next.
 */
int keys_rotate_run(const struct invocation *call);

#define KEYS_LINE_MAX 256
#define KEYS_USER "postern-delivery" /* who has the private halves */

/*
 * The line of a public half. A private one is refused: the server, which may
 * log it, must not see it. Otherwise the status to exit with, said on stderr.
 */
MUST_CHECK int keys_read(const char *path, char line[KEYS_LINE_MAX]);

/*
 * Let the file of a private half that we have just made be KEYS_USER's, if we
 * are root and there is one. False: errno says why it cannot be.
 */
MUST_CHECK bool keys_give(const char *path);

#endif
