/*
 * reporter.h - tells the database of this process, and asks it for /metrics.
 *
 * A thread with a connection of its own. Each PROCESS_REPORT_MS it writes what
 * the process counts where other responders find it; and when somebody wants
 * the page, it asks what the database knows. However many want it, it asks once
 * a second. Safe for any number of threads.
 */
#ifndef POSTERN_REPORTER_H
#define POSTERN_REPORTER_H

#include "common/compiler.h"
#include "common/metric_page.h"

#define REPORTER_WAIT_MS 500       /* at most for the database */
#define REPORTER_FRESH_MS 1000     /* its answer serves so long */
#define REPORTER_PROCESSES_MAX 512 /* others that the page has */

struct reporter;

/* Start the thread. NULL, and logged, when something is short. */
MUST_CHECK struct reporter *reporter_open(const char *conninfo,
    unsigned threads);

/* Stop it. NULL is fine. */
void reporter_close(struct reporter *r);

/*
 * The page of /metrics, which the caller frees; NULL: memory is short. While
 * the database is away it has what this process knows, at once.
 */
MUST_CHECK char *reporter_page(struct reporter *r, enum metric_format format);

#endif
