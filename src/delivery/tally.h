/*
 * tally.h - what a worker counts of itself, for /metrics.
 *
 * All of it is in static memory, without locks: see metrics.h. Any thread may
 * write it at any time.
 */
#ifndef POSTERN_DELIVERY_TALLY_H
#define POSTERN_DELIVERY_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "common/process.h"
#include "delivery/attempt.h"
#include "delivery/scheduler.h"
#include "http/client.h"

/* Requests that can be in flight at one time. */
void tally_places(unsigned places);

/* The main loop turned: as which worker, with so many deliveries in hand. */
void tally_turn(unsigned worker, size_t count);
unsigned tally_worker(void);

/* A publisher's notification came. */
void tally_woken(void);

/* A call of the queue has ended, after so long, of so many deliveries. */
enum tally_call { TALLY_CLAIM, TALLY_RECORD, TALLY_CALLS };
void tally_call(enum tally_call call, size_t deliveries, long long us);

/* An attempt has ended and is recorded. */
void tally_attempt(const struct attempt *a);

/* How the sender fares. */
void tally_sender(const struct http_client_figures *client,
    const struct scheduler_figures *places);

/* What postern.report is to be told, but for the counters. */
struct process_state tally_state(void);

/* Write all of it, and what the process is, as lines of metrics_write. */
void tally_write(FILE *out);

#endif
