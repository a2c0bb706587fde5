/* fault.c - the test-only trigger. */
#include "fault.h"

#include <stdio.h>

#include "db.h"

static void
make_function(const char *plpgsql)
{
	char sql[DB_TEXT_MAX];

	db_run("CREATE SCHEMA IF NOT EXISTS contract_test");
	db_run("CREATE SEQUENCE IF NOT EXISTS contract_test.turn");
	db_run("ALTER SEQUENCE contract_test.turn RESTART");
	db_run("DROP TRIGGER IF EXISTS contract_fault ON postern.webhook");
	snprintf(sql, sizeof sql,
	    "CREATE OR REPLACE FUNCTION contract_test.fault() RETURNS trigger "
	    "LANGUAGE plpgsql SECURITY DEFINER AS "
	    "$fault$ BEGIN %s RETURN NEW; END $fault$",
	    plpgsql);
	db_run(sql);
}

void
fault_on_write(const char *plpgsql)
{
	make_function(plpgsql);
	db_run("CREATE TRIGGER contract_fault BEFORE INSERT OR UPDATE "
	       "ON postern.webhook FOR EACH ROW "
	       "EXECUTE FUNCTION contract_test.fault()");
}

void
fault_at_commit(const char *plpgsql)
{
	make_function(plpgsql);
	db_run("CREATE CONSTRAINT TRIGGER contract_fault "
	       "AFTER INSERT OR UPDATE ON postern.webhook "
	       "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW "
	       "EXECUTE FUNCTION contract_test.fault()");
}

void
fault_clear(void)
{
	db_run("DROP TRIGGER IF EXISTS contract_fault ON postern.webhook");
}
