/* api_commands.h - what a client does by the API: look, test, send again. */
#ifndef POSTERN_API_COMMANDS_H
#define POSTERN_API_COMMANDS_H

#include "cli/command.h"

int api_webhooks_run(const struct invocation *call);
int api_deliveries_run(const struct invocation *call);
int api_types_run(const struct invocation *call);
int api_redeliver_run(const struct invocation *call);
int api_replay_run(const struct invocation *call);

#endif
