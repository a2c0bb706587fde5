/*
 * outage.c - the log says once that the database is away, once that it is back.
 */
#include "common/outage.h"

#include "common/log.h"
#include "common/notify.h"

static atomic_bool is_held;

void
outage_note(struct outage *o, bool connected, const char *purpose,
    const char *why)
{
	bool was_away;

	if (atomic_load(&is_held))
		return;
	was_away = atomic_exchange(&o->away, !connected);
	if (connected && was_away) {
		log_line(LOG_NOTICE, "database connection for %s restored",
		    purpose);
		notify_status(false, "database connection for %s restored",
		    purpose);
	} else if (!connected && !was_away) {
		log_line(LOG_ERR, "database unavailable for %s, retrying: %s",
		    purpose, why);
		notify_status(false,
		    "database unavailable for %s, retrying: %s", purpose, why);
	}
}

void
outage_hold(bool held)
{
	atomic_store(&is_held, held);
}
