/* service.h - the threads that serve requests, and how they stop. */
#ifndef POSTERN_SERVICE_H
#define POSTERN_SERVICE_H

#include <stdbool.h>

#include "common/pool.h"
#include "common/seal.h"
#include "common/store.h"
#include "common/target.h"

/* What every request needs. Borrowed from main for the service's life. */
struct service {
	const struct target_policy *policy;
	struct sealer *sealer;
	struct store *store;		/* for registrations */
	struct pool *pool;		/* for all other calls */
	const char *metadata;		/* for OAuth's clients, or NULL */
};

/*
 * Serve until SIGTERM, SIGINT or SIGUSR1, which must be blocked; then finish
 * what is in hand. False, and logged, when threads cannot be had.
 */
bool service_run(struct service *service, unsigned threads);

/* Serve the one request of a CGI program. */
bool service_once(struct service *service);

#endif
