/* listen.h - postern listen: follows the account's events. */
#ifndef POSTERN_LISTEN_H
#define POSTERN_LISTEN_H

#include "cli/command.h"

/* Until a signal, or the key q. */
int listen_run(const struct invocation *call);

#endif
