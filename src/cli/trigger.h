/* trigger.h - postern trigger: sends an event, to see a receiver work. */
#ifndef POSTERN_TRIGGER_H
#define POSTERN_TRIGGER_H

#include "cli/command.h"

/*
 * --webhook: the service sends it postern.test. --forward: this program sends
 * an event of any type there, signed as postern listen signs. --account: it is
 * published, by SQL.
 */
int trigger_run(const struct invocation *call);

#endif
