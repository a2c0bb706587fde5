/* trigger_publish.h - postern trigger --account: publishes an event by SQL. */
#ifndef POSTERN_TRIGGER_PUBLISH_H
#define POSTERN_TRIGGER_PUBLISH_H

#include "common/compiler.h"

#include "cli/command.h"

/*
 * Publish the event to the account's webhooks, as an application would, and
 * print the message's id. Returns the status to exit with.
 */
MUST_CHECK int trigger_publish(const struct invocation *call,
    const char *account);

#endif
