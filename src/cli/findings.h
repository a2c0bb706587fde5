/* findings.h - what was looked at, and what was found, row by row. */
#ifndef POSTERN_FINDINGS_H
#define POSTERN_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "cli/grid.h"

#define FINDINGS_MAX 96

enum finding_state {
	FINDING_GOOD,
	FINDING_LOOK, /* it may be meant so */
	FINDING_BAD,
	FINDING_STATES
};

struct finding {
	char what[64];
	enum finding_state state;
	char found[512];
	char advice[512]; /* what to do about it; may be empty */
};

/* Zeroed to begin with; of more than FINDINGS_MAX the rest is left out. */
struct findings {
	struct finding rows[FINDINGS_MAX];
	size_t count;
};

/* advice, which is not shown of what is good, may be NULL. */
void findings_add(struct findings *findings, const char *what,
    enum finding_state state, const char *advice, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* "good", "look", "bad" to the state, and back; an unknown word is bad. */
enum finding_state findings_state(const char *word);

size_t findings_count(const struct findings *findings,
    enum finding_state state);

/* A line or two for each, and a last one that counts; good ones if all. */
void findings_write(FILE *to, const struct findings *findings, bool all);

/* Its rows to print: what, state, found, advice. */
struct grid findings_grid(const struct findings *findings);

#endif
