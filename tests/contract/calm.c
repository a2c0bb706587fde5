/* calm.c - what a failed test may have left behind, put right. */
#include "calm.h"

#include <libpq-fe.h>

#include "db.h"
#include "fault.h"
#include "http.h"
#include "site.h"

static const char *const statements[] = {
	"SET synchronous_commit = local",
	"ALTER SYSTEM RESET synchronous_standby_names",
	"SELECT pg_reload_conf()",
	"ALTER ROLE postern_responder CONNECTION LIMIT -1",
	"SELECT postern.open_always()",
	"SELECT postern.add_event_type('payment.settled') WHERE NOT EXISTS "
	"(SELECT FROM postern.event_type WHERE name = 'payment.settled')",
};

static void
wake_postgres(void)
{
	const char *keys[] = { "connect_timeout", NULL };
	const char *values[] = { "2", NULL };

	if (PQpingParams(keys, values, 0) == PQPING_OK)
		return;
	site("postgres", "start", NULL);
	site("postgres", "continue", NULL);
}

static bool
answers(void)
{
	return http_send(&(struct request){ .method = "GET" }).status == 405;
}

static void
wake_responder(void)
{
	if (answers())
		return;
	if (responder_pid() > 0)
		site("responder", "continue", NULL);
	else
		site("responder", "start", NULL);
}

void
calm(void)
{
	wake_postgres();
	for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++)
		db_run(statements[i]);
	fault_clear();
	wake_responder();
}
