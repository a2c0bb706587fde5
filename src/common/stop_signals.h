/*
 * stop_signals.h - SIGTERM, SIGINT and SIGUSR1: blocked, and waited for.
 */
#ifndef POSTERN_STOP_SIGNALS_H
#define POSTERN_STOP_SIGNALS_H

#include <stdbool.h>

/* Block the signals in this thread and in those that it starts. */
void stop_signals_block(void);

/*
 * Wait for one of the signals, which must be blocked: true when one came,
 * false when the seconds are over.
 */
bool stop_signals_await(unsigned seconds);

#endif
