/*
 * notify.h - tells systemd how this program is: sd_notify, without libsystemd.
 *
 * A datagram of lines to the socket that NOTIFY_SOCKET names, as sd_notify(3)
 * has it. Started by something else, nobody is told. One thread opens it before
 * there are others; any may speak.
 */
#ifndef POSTERN_NOTIFY_H
#define POSTERN_NOTIFY_H

#include <stdbool.h>

#include "common/compiler.h"

#define NOTIFY_STATUS_MAX 256

/*
 * Take NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID out of the environment.
 * Pair with notify_close.
 */
void notify_open(void);
void notify_close(void);

/* One line on how it is; ready: it serves, or again after notify_reloading. */
void notify_status(bool ready, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* It reads its files again, and is then ready. */
void notify_reloading(void);

/* It ends what is in hand, and goes. */
void notify_stopping(void);

/* It is alive, to be said at least as often as notify_is_due says. */
void notify_alive(void);

/* Half of the time within which notify_alive has to come; 0: it need not. */
MUST_CHECK unsigned notify_watchdog_ms(void);

/* For one thread: is it time to say something? Every 10 s, or sooner. */
MUST_CHECK bool notify_is_due(void);

#endif
