/* status.h - one screen of how things are. */
#ifndef POSTERN_STATUS_H
#define POSTERN_STATUS_H

#include "cli/command.h"

extern const struct command_option status_options[];

/* postern status [--watch] [--every SECONDS] */
int status_run(const struct invocation *call);

#endif
