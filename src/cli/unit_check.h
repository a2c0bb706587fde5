/* unit_check.h - is a unit of systemd active? */
#ifndef POSTERN_UNIT_CHECK_H
#define POSTERN_UNIT_CHECK_H

#include "cli/findings.h"

/* Nothing is found where systemd does not run. */
void unit_check(struct findings *findings, const char *unit);

#endif
