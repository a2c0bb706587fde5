/* sqlstate.c - what an error of PostgreSQL means for the caller. */
#include "common/sqlstate.h"

#include <stddef.h>
#include <string.h>

/* The first that fits. */
static const struct sqlstate states[] = {
	{ "08", SQLSTATE_LOST, "connection lost" },
	{ "57P", SQLSTATE_LOST, "the server shuts down" },
	{ "25006", SQLSTATE_LOST, "the server is read-only" },
	{ "22", SQLSTATE_BAD_VALUE, "a value does not fit its type" },
	{ "40", SQLSTATE_RETRY, "rolled back" },
	{ "55", SQLSTATE_RETRY, "lock not available in time" },
	{ "53", SQLSTATE_UNAVAILABLE, "out of resources" },
	{ "57", SQLSTATE_UNAVAILABLE, "cancelled" },
	{ "58", SQLSTATE_UNAVAILABLE, "system error in the server" },
	{ "PS", SQLSTATE_UNAVAILABLE,
	    "the sealing key is unknown or retired: run --check" },
	{ "", SQLSTATE_UNEXPECTED, "unexpected error" },
};

const struct sqlstate *
sqlstate_find(const char *state)
{
	const struct sqlstate *s = states;

	if (state == NULL)
		return s;
	while (strncmp(state, s->prefix, strlen(s->prefix)) != 0)
		s++;
	return s;
}
