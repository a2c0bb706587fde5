/* harden.h - sandboxing: what a process gives up before it meets a client. */
#ifndef POSTERN_HARDEN_H
#define POSTERN_HARDEN_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"

/*
 * No core dumps, no ptrace by the same user, no new privileges, and so many
 * descriptors, no more. False, and logged, when the kernel refuses or the hard
 * limit is lower; settings, or NULL: the options that make them fewer.
 */
MUST_CHECK bool harden_process(size_t files, const char *settings);

#endif
