/*
 * process.h - what a process tells the database of itself: postern.report.
 */
#ifndef POSTERN_PROCESS_H
#define POSTERN_PROCESS_H

#include <stdint.h>

#include "common/compiler.h"
#include "common/id.h"

#define PROCESS_REPORT_MS 5000 /* so often */
#define PROCESS_VALUES 10      /* parameters, in this order */
#define PROCESS_REPORT_SQL                                    \
	"SELECT postern.report($1::pg_catalog.uuid, $2, $3, " \
	"$4::pg_catalog.int4, $5, $6::pg_catalog.int4, "      \
	"$7::pg_catalog.int4, $8::pg_catalog.int4, "          \
	"$9::pg_catalog.interval, $10)"

#define PROCESS_NUMBER_MAX 32

/* The values are texts that end in NUL, or NULL. */
struct process {
	char id[ID_UUID_LENGTH + 1];
	char host[256], pid[PROCESS_NUMBER_MAX];
	char worker[PROCESS_NUMBER_MAX], places[PROCESS_NUMBER_MAX];
	char in_flight[PROCESS_NUMBER_MAX], turned[PROCESS_NUMBER_MAX];
	const char *values[PROCESS_VALUES];
};

/* Who this process is; version is borrowed. */
void process_init(struct process *p, const char *program, const char *version);

/* What it is at. counters is borrowed. */
struct process_state {
	unsigned worker; /* 0: it is none, or has no number */
	unsigned places, in_flight;
	long long turned_ms; /* ago */
	const char *counters;
};

/* Set the values. */
void process_set(struct process *p, const struct process_state *state);

#endif
