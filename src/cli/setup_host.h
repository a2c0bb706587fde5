/* setup_host.h - users, keys and settings of Postern on this host. */
#ifndef POSTERN_SETUP_HOST_H
#define POSTERN_SETUP_HOST_H

#include "cli/findings.h"

/*
 * Make what is missing in this directory, as root, and add what was done to
 * the findings. database is the beginning of the programs' connection strings.
 */
void setup_host(struct findings *findings, const char *directory,
    const char *database);

#endif
