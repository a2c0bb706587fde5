/* main.c - postern-delivery: wires settings, keys, queue and sender. */
#include "config.h"

#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/option_table.h"
#include "common/log.h"
#include "common/harden.h"
#include "common/notify.h"
#include "common/pg_dial.h"
#include "common/signals.h"
#include "delivery/worker.h"
#include "delivery/secret_cache.h"
#include "delivery/queue_db.h"
#include "delivery/preflight.h"
#include "delivery/sender.h"
#include "delivery/settings.h"
#include "delivery/platform_signer.h"
#include "delivery/upkeep.h"

#define LARGE (64 * 1024) /* memory so large goes back to the system */
#define FILES_BESIDE 64   /* of the sender's: the database, keys, the log */

static bool
check_required(const struct settings *s, char *why, size_t why_size)
{
	if (s->common.database == NULL)
		snprintf(why, why_size,
		    "--database is not set: give it a "
		    "connection string, such as \"dbname=postern "
		    "user=postern_delivery\"");
	else if (s->key_count == 0)
		snprintf(why, why_size,
		    "--key is not set: give it the "
		    "private half of a sealing key; see postern-keygen");
	return s->common.database != NULL && s->key_count > 0;
}

static int
check_setup(const struct settings *s, const struct secret_cache *keys,
    const struct platform_signer *signers)
{
	char why[OPTION_WHY_MAX], said[2 * OPTION_WHY_MAX];
	const char *advice;

	if (preflight_check(PREFLIGHT_ALL, s->common.database, s->ca_file, keys,
		signers, why, sizeof why)) {
		puts("settings, keys and database are fine");
		return EXIT_SUCCESS;
	}
	advice = pg_dial_advice(s->common.database);
	snprintf(said, sizeof said, "%s%s", why, advice == NULL ? "" : advice);
	return option_print_error(program.name, NULL, said);
}

/* Before any thread starts, so that only the descriptor gets them. */
static int
open_signals(void)
{
	signals_block();
	signal(SIGPIPE, SIG_IGN);
	return signals_open();
}

/*
 * False, and said: it will not do before somebody changes something. Without
 * the platform's signatures it does, and without a retired key: the log says
 * so.
 */
static bool
may_start(const struct settings *s, const struct secret_cache *keys,
    const struct platform_signer *signers)
{
	const char *database = s->common.database;
	char why[OPTION_WHY_MAX], again[OPTION_WHY_MAX];
	char said[2 * OPTION_WHY_MAX];
	const char *advice;

	if (preflight_check(PREFLIGHT_ALL, database, s->ca_file, keys, signers,
		why, sizeof why))
		return true;
	advice = pg_dial_advice(database);
	if (advice == NULL)
		return true;
	/* it may just have come back */
	if (preflight_check(PREFLIGHT_START, database, s->ca_file, keys,
		signers, again, sizeof again)) {
		log_line(LOG_WARNING, "%s", why);
		return true;
	}
	snprintf(said, sizeof said, "%s%s", again, advice);
	option_print_error(program.name, NULL, said);
	notify_status(false, "%s", said);
	return false;
}

static struct sender_options
sender_options(const struct settings *s, struct platform_signer *signers)
{
	return (struct sender_options){ .policy = &s->common.policy,
		.signers = signers,
		.ca_file = s->ca_file,
		.in_flight = s->in_flight,
		.in_flight_per_webhook = s->in_flight_per_webhook,
		.idle_connections = s->idle_connections,
		.connection_life_s = s->connection_life_s };
}

static int
run_worker(const struct settings *s, struct secret_cache *keys,
    struct platform_signer *signers)
{
	struct sender_options options = sender_options(s, signers);
	struct worker_parts parts = { .keys = keys,
		.signers = signers,
		.in_flight = s->in_flight,
		.signals = open_signals() };
	bool ok;

	notify_open();
	if (!may_start(s, keys, signers)) {
		if (parts.signals != -1)
			close(parts.signals);
		return EXIT_FAILURE;
	}
	/* left alone, the limit grows to the largest body that was freed */
	mallopt(M_MMAP_THRESHOLD, LARGE);
	parts.queue = queue_db_open(s->common.database, keys,
	    platform_signer_scope(signers));
	parts.sender = sender_open(&options);
	parts.upkeep = upkeep_open(s->common.database);
	ok = parts.signals != -1 && parts.queue != NULL &&
	    parts.sender != NULL && parts.upkeep != NULL;
	if (ok) {
		log_line(LOG_NOTICE,
		    "postern-delivery %s started, up to %u in flight",
		    PACKAGE_VERSION, s->in_flight);
		worker_run(&parts);
		log_line(LOG_NOTICE, "postern-delivery stopped");
	}
	upkeep_close(parts.upkeep);
	sender_close(parts.sender);
	queue_db_close(parts.queue);
	if (parts.signals != -1)
		close(parts.signals);
	notify_close();
	return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int
run_program(const struct settings *s)
{
	struct sender_options options = sender_options(s, NULL);
	char why[OPTION_WHY_MAX];
	struct platform_signer *signers = NULL;
	struct secret_cache *keys;
	int status = EXIT_FAILURE;

	if (!check_required(s, why, sizeof why)) {
		option_print_error(program.name, NULL, why);
		return EXIT_USAGE;
	}
	if (!harden_process(FILES_BESIDE + sender_descriptors(&options),
		"--idle-connections or --in-flight"))
		return EXIT_FAILURE;
	keys = secret_cache_open(s->keys, s->key_count, why, sizeof why);
	if (keys == NULL) {
		option_print_error(program.name, "--key", why);
		goto out;
	}
	signers = platform_signer_open(s->signing_keys, s->signing_key_count,
	    s->signing_scope, why, sizeof why);
	if (signers == NULL) {
		option_print_error(program.name, "--signing-key", why);
		goto out;
	}
	status = s->common.action == ACTION_CHECK
	    ? check_setup(s, keys, signers)
	    : run_worker(s, keys, signers);
out:
	platform_signer_close(signers);
	secret_cache_close(keys);
	return status;
}

int
main(int argc, char **argv)
{
	struct settings settings = { .key_count = 0 };
	int status;

	if (shared_options_begin(&program, &settings, argc, argv, &status))
		status = run_program(&settings);
	settings_clear(&settings);
	return status;
}
