/* process.h - what the process gives up before it meets untrusted bytes. */
#ifndef POSTERN_PROCESS_H
#define POSTERN_PROCESS_H

#include <stdbool.h>

/*
 * No core dumps, no ptrace by the same user, no new privileges, no files
 * beyond what the threads need. False, and logged, when the kernel refuses.
 */
bool process_harden(unsigned threads);

/* Block the signals that stop the service in this thread and those to come. */
void process_block_stop(void);

/*
 * Wait for SIGTERM, SIGINT or SIGUSR1; true when one came, false when the
 * seconds are over. They must be blocked.
 */
bool process_await_stop(unsigned seconds);

#endif
