/*
 * tally.h - what the responder counts of itself, for /metrics.
 *
 * All of it is in static memory, without locks: see metrics.h.
 */
#ifndef POSTERN_RESPONDER_TALLY_H
#define POSTERN_RESPONDER_TALLY_H

#include <stddef.h>
#include <stdio.h>

#include "responder/commit_conn.h"
#include "responder/outcome.h"

struct route;

/* Requests can be served by so many threads. */
void tally_threads(unsigned count);
unsigned tally_threads_busy(void);

/* A request came. */
void tally_request_began(void);

/* It has its answer, after so long; route NULL: there is none of its path. */
void tally_request_ended(const struct route *route, enum outcome outcome,
    long long us);

/* A statement with so many requests of a kind has ended. */
void tally_batch(enum tally_kind kind, size_t count, enum commit_result result);

/* A request of a kind has waited so long for its reply. */
void tally_waited(enum tally_kind kind, long long us);

/* Of the connections for other calls: one more or less is open, or in use. */
void tally_connection_opened(void);
void tally_connection_closed(void);
void tally_connection_taken(void);
void tally_connection_returned(void);

/* Write all of it, and what the process is, as lines of metrics_write. */
void tally_write(FILE *out);

#endif
