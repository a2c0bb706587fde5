/* doctor.h - what may be wrong, on this host and in the database. */
#ifndef POSTERN_DOCTOR_H
#define POSTERN_DOCTOR_H

#include "cli/command.h"

extern const struct command_option doctor_options[];

/* postern doctor: EXIT_FAILURE when anything is bad. */
int doctor_run(const struct invocation *call);

#endif
