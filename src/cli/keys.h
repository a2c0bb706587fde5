/* keys.h - keys made, made known, and replaced by others. */
#ifndef POSTERN_KEYS_H
#define POSTERN_KEYS_H

#include "cli/command.h"

/* postern keys add FILE.pub */
int keys_add_run(const struct invocation *call);

/*
 * postern keys rotate sealing|signing FILE: make FILE and FILE.pub, unless they
 * are there, make the latter known, and say what comes next.
 */
int keys_rotate_run(const struct invocation *call);

#endif
