/* replay.h - deliveries sent again, or given up, one or many. */
#ifndef POSTERN_REPLAY_H
#define POSTERN_REPLAY_H

#include "cli/command.h"

extern const struct command_option replay_options[], replay_options_cancel[];

/*
 * postern replay DELIVERY, or --webhook WEBHOOK --since TIME, and the same of
 * cancel. With --dry-run it only counts.
 */
int replay_run(const struct invocation *call);
int cancel_run(const struct invocation *call);

#endif
