/* server.h - the threads that serve requests, and how they stop. */
#ifndef POSTERN_SERVER_H
#define POSTERN_SERVER_H

#include <stdbool.h>

#include "common/compiler.h"
#include "responder/db_pool.h"
#include "common/seal.h"
#include "responder/group_commit.h"
#include "common/egress_url.h"

/* What every request needs. Borrowed from main for the service's life. */
struct server {
	const struct egress_policy *policy;
	struct sealer *sealer;
	struct group_commit *store; /* for registrations */
	struct db_pool *pool;       /* for all other calls */
	const char *metadata;       /* for OAuth's clients, or NULL */
};

/*
 * Serve until SIGTERM, SIGINT or SIGUSR1, which must be blocked; then finish
 * what is in hand. False, and logged, when threads cannot be had.
 */
MUST_CHECK bool server_run(struct server *service, unsigned threads);

/* Serve the one request of a CGI program. */
MUST_CHECK bool server_once(struct server *service);

#endif
