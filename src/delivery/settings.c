/* settings.c - what postern-delivery can be told, in one table. */
#include "delivery/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/config.h"
#include "common/connection.h"

#define IN_FLIGHT_MAX 4096

static bool
set_database(void *to, const char *value, char *why, size_t size)
{
	struct settings *s = to;

	s->database = value;
	return connection_conninfo(value, why, size);
}

static bool
add_key(void *to, const char *value, char *why, size_t size)
{
	struct settings *s = to;

	snprintf(why, size, "more than %d of them", KEYS_FILES_MAX);
	if (s->key_count == KEYS_FILES_MAX)
		return false;
	/* words of a variable do not live on */
	s->keys[s->key_count] = strdup(value);
	if (s->keys[s->key_count] == NULL)
		return false;
	s->key_count++;
	return true;
}

static bool
set_allow(void *to, const char *value, char *why, size_t size)
{
	struct settings *s = to;

	snprintf(why, size, "not of the form 10.1.0.0/16:8443 or "
	    "[fd00::/8]:1024-65535, or more than %d of them",
	    TARGET_ALLOW_MAX);
	return target_allow(&s->policy, value);
}

static bool
set_choice(const char *value, const char *yes, const char *no, bool *out,
    char *why, size_t size)
{
	snprintf(why, size, "neither %s nor %s", yes, no);
	*out = strcmp(value, yes) == 0;
	return *out || strcmp(value, no) == 0;
}

static bool
set_http_targets(void *to, const char *value, char *why, size_t size)
{
	struct settings *s = to;

	return set_choice(value, "yes", "no", &s->policy.plain_http, why,
	    size);
}

static bool
set_nat64(void *to, const char *value, char *why, size_t size)
{
	struct settings *s = to;

	snprintf(why, size, "not a prefix of 96 bits, such as "
	    "64:ff9b:1::/96");
	return target_nat64(&s->policy, value);
}

static bool
set_ca_file(void *to, const char *value, char *why, size_t size)
{
	struct settings *s = to;

	snprintf(why, size, "%s: it cannot be read", value);
	s->ca_file = value;
	return access(value, R_OK) == 0;
}

static bool
set_in_flight(void *to, const char *value, char *why, size_t size)
{
	struct settings *s = to;

	snprintf(why, size, "not a number from 1 to %d", IN_FLIGHT_MAX);
	return config_number(value, IN_FLIGHT_MAX, &s->in_flight);
}

static bool
set_log(void *to, const char *value, char *why, size_t size)
{
	struct settings *s = to;

	return set_choice(value, "syslog", "stderr", &s->syslog, why, size);
}

static bool
act(void *to, enum action action)
{
	struct settings *s = to;

	s->action = action;
	return true;
}

static bool
do_check(void *to, const char *value, char *why, size_t size)
{
	(void)value;
	(void)why;
	(void)size;
	return act(to, ACTION_CHECK);
}

static bool
do_help(void *to, const char *value, char *why, size_t size)
{
	(void)value;
	(void)why;
	(void)size;
	return act(to, ACTION_HELP);
}

static bool
do_version(void *to, const char *value, char *why, size_t size)
{
	(void)value;
	(void)why;
	(void)size;
	return act(to, ACTION_VERSION);
}

static const struct config_row rows[] = {
	{ .name = "database", .argument = "CONNINFO", .apply = set_database,
	  .help = "PostgreSQL, as a libpq connection string" },
	{ .name = "key", .argument = "FILE", .apply = add_key,
	  .repeats = true, .help = "private half of a sealing key" },
	{ .name = "in-flight", .argument = "N", .apply = set_in_flight,
	  .fallback = "256", .help = "requests in flight at one time" },
	{ .name = "ca-file", .argument = "FILE", .apply = set_ca_file,
	  .help = "CA certificates to trust, instead of the system's" },
	{ .name = "allow", .argument = "CIDR:PORT[-PORT]",
	  .apply = set_allow, .repeats = true,
	  .help = "addresses that may receive against the rules" },
	{ .name = "http-targets", .apply = set_http_targets,
	  .fallback = "no", .help = "send to http:// URLs as well" },
	{ .name = "nat64", .argument = "PREFIX", .apply = set_nat64,
	  .help = "the network's own NAT64 prefix, a /96" },
	{ .name = "log", .argument = "WHERE", .apply = set_log,
	  .fallback = "stderr", .help = "stderr or syslog" },
	{ .name = "check", .apply = do_check, .action = true,
	  .help = "check settings, keys and database, then exit" },
	{ .name = "help", .apply = do_help, .action = true,
	  .help = "print this, then exit" },
	{ .name = "version", .apply = do_version, .action = true,
	  .help = "print the version, then exit" },
	{ .name = NULL },
};

bool
settings_read(struct settings *s, int argc, char **argv, char *why,
    size_t why_size)
{
	*s = (struct settings){ .action = ACTION_SEND };
	return config_read(rows, s, argc, argv, why, why_size);
}

void
settings_clear(struct settings *s)
{
	while (s->key_count > 0)
		free(s->keys[--s->key_count]);
}

void
settings_help(void)
{
	config_help(rows, "postern-delivery",
	    "Sends published events to the webhooks that subscribed to them.");
}
