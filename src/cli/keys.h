/* keys.h - keys made, made known, and replaced by others. */
#ifndef POSTERN_KEYS_H
#define POSTERN_KEYS_H

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

/*
 * The line of a public half. A private one is refused: the server, which may
 * log it, must not see it. Otherwise the status to exit with, said on stderr.
 */
MUST_CHECK int keys_read(const char *path, char line[KEYS_LINE_MAX]);

#endif
