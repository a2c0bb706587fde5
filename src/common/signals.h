/*
 * signals.h - the signals that stop or reload a program: blocked, waited for.
 *
 * SIGTERM, SIGINT and SIGUSR1 stop it, SIGHUP has it read its files again.
 */
#ifndef POSTERN_SIGNALS_H
#define POSTERN_SIGNALS_H

#include "common/compiler.h"

enum signal_wish { SIGNAL_NONE, SIGNAL_RELOAD, SIGNAL_STOP };

/* Block the signals in this thread and in those that it starts. */
void signals_block(void);

/* Wait for one of them, which must be blocked; NONE: the time is over. */
MUST_CHECK enum signal_wish signals_await(unsigned ms);

/* A descriptor that is readable when one came; -1: there is none. */
MUST_CHECK int signals_open(void);

/* Take one from it, without waiting. */
MUST_CHECK enum signal_wish signals_take(int fd);

#endif
