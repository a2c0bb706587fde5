/*
 * sqlstate.h - what an error of PostgreSQL means, and what to do about it.
 *
 * One table by SQLSTATE, or the first of its characters (PostgreSQL's manual,
 * appendix A). Knows no libpq.
 */
#ifndef POSTERN_SQLSTATE_H
#define POSTERN_SQLSTATE_H

enum sqlstate_meaning {
	SQLSTATE_LOST,        /* the connection is of no further use */
	SQLSTATE_RETRY,       /* others were in the way: soon again */
	SQLSTATE_UNAVAILABLE, /* the server cannot do it now */
	SQLSTATE_BAD_VALUE,   /* a parameter does not fit its type */
	SQLSTATE_UNEXPECTED   /* a bug, ours or the schema's */
};

struct sqlstate {
	const char *prefix;
	enum sqlstate_meaning meaning;
	const char *text; /* for the log: what it is, and what to do */
};

/* Never NULL. NULL, as libpq has it when the connection broke, is LOST. */
const struct sqlstate *sqlstate_find(const char *state);

#endif
