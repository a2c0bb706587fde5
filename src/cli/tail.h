/* tail.h - attempts as they are recorded. */
#ifndef POSTERN_TAIL_H
#define POSTERN_TAIL_H

#include "cli/command.h"

/* postern tail: until a signal, a closed pipe, or a lost connection. */
int tail_run(const struct invocation *call);

#endif
