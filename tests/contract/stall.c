/* stall.c - stalls by an advisory lock and by synchronous replication. */
#include "stall.h"

#include <string.h>

#include "db.h"
#include "fault.h"
#include "site.h"

#define LOCK "20230417"

static bool
standbys_are(const char *wanted)
{
	char text[DB_TEXT_MAX];

	db_text(text, "SHOW synchronous_standby_names", NULL);
	return strcmp(text, wanted) == 0;
}

static void
set_standbys(const char *sql, const char *wanted)
{
	db_run("SET synchronous_commit = local");
	db_run(sql);
	db_run("SELECT pg_reload_conf()");
	WAIT_FOR(5, standbys_are(wanted));
}

void
stall_begin(enum stall where)
{
	if (where == STALL_COMMITTED) {
		set_standbys("ALTER SYSTEM SET synchronous_standby_names = "
			     "'nobody'",
		    "nobody");
		return;
	}
	fault_on_write("PERFORM pg_advisory_xact_lock(" LOCK ");");
	db_run("SELECT pg_advisory_lock(" LOCK ")");
}

bool
stall_reached(enum stall where)
{
	return db_number(
		   "SELECT count(*) FROM pg_stat_activity "
		   "WHERE usename = 'postern_responder' AND wait_event = $1",
		   where == STALL_COMMITTED ? "SyncRep" : "advisory", NULL) > 0;
}

void
stall_end(enum stall where)
{
	if (where == STALL_COMMITTED)
		set_standbys("ALTER SYSTEM RESET synchronous_standby_names",
		    "");
	else
		db_run("SELECT pg_advisory_unlock_all()");
}
