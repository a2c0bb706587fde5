/*
 * outage.h - the log says once that the database is away, once that it is back.
 *
 * While a start looks whether it can be had at all, nothing is logged: that
 * says what it finds.
 *
 * Zeroed: it was never away. Safe for any number of threads.
 */
#ifndef POSTERN_OUTAGE_H
#define POSTERN_OUTAGE_H

#include <stdatomic.h>
#include <stdbool.h>

struct outage {
	atomic_bool away;
};

/*
 * Whether a connection was made, for what purpose, and else why not. Logged
 * only when it differs from the last time.
 */
void outage_note(struct outage *o, bool connected, const char *purpose,
    const char *why);

/* From now on, or no longer, nothing is noted, of all threads. */
void outage_hold(bool held);

#endif
