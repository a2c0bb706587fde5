/*
 * report_db.h - the connection for what the responder tells of itself, and for
 * what the database knows: postern.report, postern.scrape.
 *
 * For one thread. A call that fails closes the connection, and is logged but
 * for lost ones.
 */
#ifndef POSTERN_REPORT_DB_H
#define POSTERN_REPORT_DB_H

#include <stdbool.h>

#include "common/compiler.h"
#include "common/process.h"

#define REPORT_DB_CALL_MS 2000

struct report_db;

/* No connection yet; the process is borrowed. NULL: memory is short. */
MUST_CHECK struct report_db *report_db_open(const char *conninfo,
    struct process *process);
void report_db_close(struct report_db *d);

/* Connect unless connected; false when it cannot be (logged once). */
MUST_CHECK bool report_db_connect(struct report_db *d);

/* Tell what the process's values say. */
MUST_CHECK bool report_db_tell(struct report_db *d);

/* What postern.scrape returns; the caller frees both texts. */
struct report_db_answer {
	char *database;
	char *processes;
};
MUST_CHECK bool report_db_ask(struct report_db *d,
    struct report_db_answer *answer);

#endif
