/* site_checks.h - does a web server of this host lead to the responder? */
#ifndef POSTERN_SITE_CHECKS_H
#define POSTERN_SITE_CHECKS_H

#include "cli/findings.h"

/* By the files of nginx and Apache; socket is where the responder listens. */
void site_checks(struct findings *findings, const char *socket);

#endif
