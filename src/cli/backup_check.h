/* backup_check.h - could all be restored from what is kept? */
#ifndef POSTERN_BACKUP_CHECK_H
#define POSTERN_BACKUP_CHECK_H

#include "cli/command.h"

extern const struct command_option backup_check_options[];

/*
 * postern backup-check KEY-FILE...: the private halves that are kept, where a
 * backup of the database is not. EXIT_FAILURE when anything is bad.
 */
int backup_check_run(const struct invocation *call);

#endif
