/* settings.c - the settings of postern-delivery: one table. */
#include "delivery/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/option_table.h"

#define IN_FLIGHT_MAX 16384
#define IDLE_CONNECTIONS_MAX 65536
#define CONNECTION_LIFE_MAX 3600

static bool
add_path(char **paths, size_t *count, size_t most, const char *value, char *why,
    size_t size)
{
	snprintf(why, size, "more than %zu of them", most);
	if (*count == most)
		return false;
	/* words of a variable do not live on */
	paths[*count] = strdup(value);
	if (paths[*count] == NULL)
		return false;
	++*count;
	return true;
}

static bool
add_key(void *to, const char *value, char *why, size_t size)
{
	struct settings *s = to;

	return add_path(s->keys, &s->key_count, SECRET_CACHE_FILES_MAX, value,
	    why, size);
}

static bool
add_signing_key(void *to, const char *value, char *why, size_t size)
{
	struct settings *s = to;

	return add_path(s->signing_keys, &s->signing_key_count,
	    PLATFORM_SIGNER_MAX, value, why, size);
}

static bool
set_signing_scope(void *to, const char *value, char *why, size_t size)
{
	struct settings *s = to;

	snprintf(why, size, "neither account nor platform");
	s->signing_scope =
	    strcmp(value, "platform") == 0 ? SIGNING_PLATFORM : SIGNING_ACCOUNT;
	return s->signing_scope == SIGNING_PLATFORM ||
	    strcmp(value, "account") == 0;
}

static bool
set_ca_file(void *to, const char *value, char *why, size_t size)
{
	struct settings *s = to;

	snprintf(why, size, "it cannot be read");
	s->ca_file = value;
	return access(value, R_OK) == 0;
}

static bool
set_number(const char *value, unsigned most, unsigned *to, char *why,
    size_t size)
{
	snprintf(why, size, "not a number from 1 to %u", most);
	return option_number(value, most, to);
}

static bool
set_in_flight(void *to, const char *value, char *why, size_t size)
{
	struct settings *s = to;

	return set_number(value, IN_FLIGHT_MAX, &s->in_flight, why, size);
}

static bool
set_in_flight_per_webhook(void *to, const char *value, char *why, size_t size)
{
	struct settings *s = to;

	return set_number(value, IN_FLIGHT_MAX, &s->in_flight_per_webhook, why,
	    size);
}

static bool
set_idle_connections(void *to, const char *value, char *why, size_t size)
{
	struct settings *s = to;

	return set_number(value, IDLE_CONNECTIONS_MAX, &s->idle_connections,
	    why, size);
}

static bool
set_connection_life(void *to, const char *value, char *why, size_t size)
{
	struct settings *s = to;

	return set_number(value, CONNECTION_LIFE_MAX, &s->connection_life_s,
	    why, size);
}

static const struct option_row rows[] = {
	SHARED_ROW_DATABASE,
	{ .name = "key",
	    .argument = "FILE",
	    .apply = add_key,
	    .repeats = true,
	    .help = "private half of a sealing key, required" },
	{ .name = "signing-key",
	    .argument = "FILE",
	    .apply = add_signing_key,
	    .repeats = true,
	    .help = "private signing key, at most two" },
	{ .name = "signing-scope",
	    .argument = "SCOPE",
	    .apply = set_signing_scope,
	    .fallback = "account",
	    .help = "whose keys sign: account or platform" },
	{ .name = "in-flight",
	    .argument = "N",
	    .apply = set_in_flight,
	    .fallback = "1024",
	    .help = "requests in flight at one time" },
	{ .name = "in-flight-per-webhook",
	    .argument = "N",
	    .apply = set_in_flight_per_webhook,
	    .fallback = "128",
	    .help = "of these to one webhook, at most" },
	{ .name = "idle-connections",
	    .argument = "N",
	    .apply = set_idle_connections,
	    .fallback = "4096",
	    .help = "connections kept open beside those in use" },
	{ .name = "connection-life",
	    .argument = "SECONDS",
	    .apply = set_connection_life,
	    .fallback = "300",
	    .help = "a connection is not used any longer than that" },
	{ .name = "ca-file",
	    .argument = "FILE",
	    .apply = set_ca_file,
	    .help = "CA certificates to trust, instead of the system's" },
	SHARED_ROW_ALLOW,
	SHARED_ROW_DENY,
	{ .name = "http-targets",
	    .apply = shared_option_http_targets,
	    .fallback = "no",
	    .help = "send to http:// URLs as well" },
	SHARED_ROW_NAT64,
	SHARED_ROW_LOG,
	SHARED_ROW_LOG_FORMAT,
	SHARED_ROW_LOG_LEVEL,
	SHARED_ROW_CHECK("keys"),
	SHARED_ROW_HELP,
	SHARED_ROW_VERSION,
	{ .name = NULL },
};

const struct program program = {
	.name = "postern-delivery",
	.summary =
	    "Sends published events to the webhooks that subscribed to them.",
	.rows = rows,
};

void
settings_clear(struct settings *s)
{
	while (s->key_count > 0)
		free(s->keys[--s->key_count]);
	while (s->signing_key_count > 0)
		free(s->signing_keys[--s->signing_key_count]);
}
