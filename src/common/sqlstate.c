/* sqlstate.c - what an error of PostgreSQL means, and what to do about it. */
#include "common/sqlstate.h"

#include <stddef.h>
#include <string.h>

#define OTHER_SCHEMA \
	"the schema lacks what this version calls: run its install.sql"

/* The first that fits. */
static const struct sqlstate states[] = {
	{ "08", SQLSTATE_LOST, "connection lost" },
	{ "57P", SQLSTATE_LOST, "the server shuts down" },
	{ "25006", SQLSTATE_LOST,
	    "the server is read-only: name the primary, or all hosts, in "
	    "--database" },
	{ "22", SQLSTATE_BAD_VALUE, "a value does not fit its type" },
	{ "40", SQLSTATE_RETRY, "rolled back" },
	{ "55", SQLSTATE_RETRY, "lock not available in time" },
	{ "53100", SQLSTATE_UNAVAILABLE,
	    "the server's disk is full: make room there" },
	{ "53200", SQLSTATE_UNAVAILABLE,
	    "the server has no memory left: lower work_mem or "
	    "max_connections, or add some" },
	{ "53300", SQLSTATE_UNAVAILABLE,
	    "the server has no connection left: raise max_connections, or "
	    "end sessions that pg_stat_activity shows" },
	{ "53", SQLSTATE_UNAVAILABLE, "out of resources" },
	{ "57014", SQLSTATE_UNAVAILABLE,
	    "cancelled, as it took too long: pg_stat_activity shows what "
	    "holds it up" },
	{ "57", SQLSTATE_UNAVAILABLE, "cancelled" },
	{ "58", SQLSTATE_UNAVAILABLE,
	    "the server cannot read or write a file: see its log and its "
	    "disk" },
	{ "PS", SQLSTATE_UNAVAILABLE,
	    "the sealing key is unknown or retired: run --check" },
	{ "42501", SQLSTATE_UNEXPECTED,
	    "a right is missing: run this version's install.sql, which "
	    "restores them all" },
	{ "42P01", SQLSTATE_UNEXPECTED, OTHER_SCHEMA },
	{ "42703", SQLSTATE_UNEXPECTED, OTHER_SCHEMA },
	{ "42883", SQLSTATE_UNEXPECTED, OTHER_SCHEMA },
	{ "3F000", SQLSTATE_UNEXPECTED, OTHER_SCHEMA },
	{ "XX", SQLSTATE_UNEXPECTED,
	    "the server is damaged or has a bug: see its log" },
	{ "", SQLSTATE_UNEXPECTED,
	    "unexpected error: the server's log has its words" },
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
