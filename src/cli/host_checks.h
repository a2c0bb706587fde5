/* host_checks.h - what can be seen of Postern on this host. */
#ifndef POSTERN_HOST_CHECKS_H
#define POSTERN_HOST_CHECKS_H

#include "cli/findings.h"

/*
 * Look, and add what is found. settings is the directory of the programs'
 * settings, socket the responder's. What is not on this host is left out.
 */
void host_checks(struct findings *findings, const char *settings,
    const char *socket);

#endif
