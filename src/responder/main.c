/* main.c - postern-responder: wires settings, key, database and server. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/option_table.h"
#include "responder/publish_db.h"
#include "responder/register_db.h"
#include "common/log.h"
#include "common/harden.h"
#include "common/notify.h"
#include "common/outage.h"
#include "common/pg_dial.h"
#include "common/signals.h"
#include "common/seal.h"
#include "responder/group_commit.h"
#include "responder/handle_oauth.h"
#include "responder/health.h"
#include "responder/reporter.h"
#include "responder/server.h"
#include "responder/settings.h"
#include "responder/transport.h"

#define FILES_PER_THREAD 3 /* the connection, its epoll, one to spare */
#define FILES_BESIDE 64

/* What must be set and is not, or NULL. */
static const char *
missing_setting(const struct settings *s)
{
	if (s->common.database == NULL)
		return "--database is not set: give it a connection string, "
		       "such as \"dbname=postern user=postern_responder\"";
	if (s->seal_key == NULL)
		return "--seal-key is not set: make a key with "
		       "postern-keygen --sealing PATH and give it PATH.pub";
	return NULL;
}

static int
check_database(const struct settings *s, struct sealer *sealer)
{
	char why[OPTION_WHY_MAX], said[2 * OPTION_WHY_MAX];
	const char *advice;
	bool ok = register_db_check(s->common.database, sealer_key_id(sealer),
	    why, sizeof why);

	if (!ok) {
		advice = pg_dial_advice(s->common.database);
		snprintf(said, sizeof said, "%s%s", why,
		    advice == NULL ? "" : advice);
		return option_print_error(program.name, NULL, said);
	}
	puts("settings, key and database are fine");
	return EXIT_SUCCESS;
}

/* What the server needs. False: something is short, and it was logged. */
static bool
open_parts(struct server *server, const struct settings *s,
    enum transport_kind kind, unsigned threads)
{
	const char *database = s->common.database;
	/* a call has longer than the session's statement_timeout */
	const struct db_pool_plan pool = { .purpose = "API calls",
		.connections = DB_POOL_CONNECTIONS_MAX,
		.waiting_max = threads,
		.wait_ms = 1000,
		.call_ms = 3500 };

	server->group_commit =
	    group_commit_open(&register_db_kind, database, threads);
	server->messages =
	    group_commit_open(&publish_db_kind, database, threads);
	server->db_pool = db_pool_open(database, &pool);
	server->admission = admission_open(database, threads, s->account_rate);
	server->health = health_open(database);
	if (s->issuer != NULL)
		server->oauth_metadata = oauth_metadata_make(s->issuer);
	if (server->group_commit == NULL || server->messages == NULL ||
	    server->db_pool == NULL || server->admission == NULL ||
	    server->health == NULL ||
	    (s->issuer != NULL && server->oauth_metadata == NULL))
		return false;
	if (kind == TRANSPORT_FASTCGI)
		server->reporter = reporter_open(database, threads);
	return kind != TRANSPORT_FASTCGI || server->reporter != NULL;
}

static void
close_parts(struct server *server)
{
	reporter_close(server->reporter);
	group_commit_close(server->group_commit);
	group_commit_close(server->messages);
	db_pool_close(server->db_pool);
	admission_close(server->admission);
	health_close(server->health);
	free(server->oauth_metadata);
}

static bool
serve_fastcgi(struct server *server, unsigned threads)
{
	bool ok;

	log_line(LOG_NOTICE, "postern-responder %s started, with %u threads",
	    PACKAGE_VERSION, threads);
	ok = server_run(server, threads);
	log_line(LOG_NOTICE, "postern-responder stopped");
	return ok;
}

static int
start_server(const struct settings *s, struct sealer *sealer)
{
	enum transport_kind kind = transport_start();
	unsigned threads = kind == TRANSPORT_CGI ? 1 : s->threads;
	struct server server = { .policy = &s->common.policy,
		.conninfo = s->common.database,
		.sealer = sealer };
	bool ok;

	if (kind == TRANSPORT_NONE)
		return option_print_error(program.name, NULL,
		    "descriptor 0 is not a listening socket: start it with "
		    "spawn-fcgi, or as a CGI program; see "
		    "postern-responder(8)");
	signals_block();
	if (kind == TRANSPORT_FASTCGI) {
		notify_open();
		outage_hold(true); /* until server_run has looked */
	}
	if (geteuid() == 0)
		log_line(LOG_WARNING,
		    "running as root, which is not needed: use spawn-fcgi -u");
	ok = open_parts(&server, s, kind, threads) &&
	    (kind == TRANSPORT_CGI ? server_once(&server)
				   : serve_fastcgi(&server, threads));
	close_parts(&server);
	notify_close();
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int
run_responder(const struct settings *s)
{
	const char *missing = missing_setting(s);
	char why[OPTION_WHY_MAX];
	struct sealer *sealer;
	int status;

	if (missing != NULL) {
		option_print_error(program.name, NULL, missing);
		return EXIT_USAGE;
	}
	if (!harden_process(FILES_BESIDE + s->threads * FILES_PER_THREAD,
		"--threads"))
		return EXIT_FAILURE;
	sealer = sealer_open(s->seal_key, why, sizeof why);
	if (sealer == NULL)
		return option_print_error(program.name, "--seal-key", why);
	status = s->common.action == ACTION_CHECK ? check_database(s, sealer)
						  : start_server(s, sealer);
	sealer_close(sealer);
	return status;
}

int
main(int argc, char **argv)
{
	struct settings settings = { .threads = 0 };
	int status;

	/* a CGI program's arguments are the client's */
	if (transport_is_cgi())
		argc = 1;
	if (!shared_options_begin(&program, &settings, argc, argv, &status))
		return status;
	return run_responder(&settings);
}
