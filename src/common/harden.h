/* harden.h - sandboxing: what a process gives up before it meets a client. */
#ifndef POSTERN_HARDEN_H
#define POSTERN_HARDEN_H

#include <stdbool.h>

#include "common/compiler.h"

/*
 * No core dumps, no ptrace by the same user, no new privileges, no files
 * beyond what the threads need. False, and logged, when the kernel refuses.
 */
MUST_CHECK bool harden_process(unsigned threads);

#endif
