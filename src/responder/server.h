/* server.h - the worker threads: each accepts and serves requests. */
#ifndef POSTERN_SERVER_H
#define POSTERN_SERVER_H

#include <stdbool.h>

#include "common/compiler.h"
#include "responder/admission.h"
#include "responder/db_pool.h"
#include "common/seal.h"
#include "responder/group_commit.h"
#include "responder/health.h"
#include "common/egress_policy.h"

struct reporter;
struct request;
struct response;

/* What every handler needs. All of it is borrowed from main. */
struct server {
	const struct egress_policy *policy;
	const char *conninfo;
	struct sealer *sealer;
	struct admission *admission;
	struct group_commit *group_commit; /* for registrations */
	struct group_commit *messages;     /* for what is published */
	struct db_pool *db_pool;           /* for all other calls */
	struct reporter *reporter;         /* for /metrics; NULL: CGI */
	struct health_watch *health;       /* for monitoring */
	char *oauth_metadata;              /* JSON, or NULL: not served */
};

/*
 * Serve until a signal says to stop (common/signals.h; they must be blocked);
 * then finish what is in hand. systemd is told. False, and logged, when threads
 * cannot be had, or the database refuses the role or the key.
 */
MUST_CHECK bool server_run(struct server *server, unsigned threads);

/*
 * For handlers: let a request in, until it is over. hash is of its token or
 * client secret, NULL: it has none. As admission_enter; Retry-After is set.
 */
MUST_CHECK enum outcome server_admit(struct server *server,
    struct request *request, const unsigned char *hash,
    struct response *response);

/* Serve the one request of a CGI program. */
MUST_CHECK bool server_once(struct server *server);

#endif
