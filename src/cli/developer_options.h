/* developer_options.h - the options of the subcommands for developers. */
#ifndef POSTERN_DEVELOPER_OPTIONS_H
#define POSTERN_DEVELOPER_OPTIONS_H

#include "cli/command.h"

/* Each ends with a row without a name. */
extern const struct command_option developer_api[];
extern const struct command_option developer_list[];
extern const struct command_option developer_deliveries[];
extern const struct command_option developer_replay[];
extern const struct command_option developer_listen[];
extern const struct command_option developer_trigger[];
extern const struct command_option developer_verify[];

#endif
