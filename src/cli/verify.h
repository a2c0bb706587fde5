/* verify.h - postern verify: is a request genuine, and if not, why? */
#ifndef POSTERN_VERIFY_H
#define POSTERN_VERIFY_H

#include "cli/command.h"

/* EXIT_FAILURE when it is not. */
int verify_run(const struct invocation *call);

#endif
