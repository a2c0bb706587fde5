/* settings.c - the settings of postern-responder: one table. */
#include "responder/settings.h"

#include <stdio.h>
#include <string.h>

#include "common/option_table.h"

#define THREADS_MAX 512
#define ACCOUNT_RATE_MAX 100000 /* a second */
#define ISSUER_MAX 280          /* bytes */

static bool
set_seal_key(void *to, const char *value, char *why, size_t size)
{
	struct settings *s = to;

	(void)why;
	(void)size;
	s->seal_key = value;
	return true;
}

/* Scheme, host and port, which OAuth's clients compare byte by byte. */
static bool
set_issuer(void *to, const char *value, char *why, size_t size)
{
	static const char scheme[] = "https://";
	struct settings *s = to;
	size_t n = strlen(scheme);
	size_t length = strspn(value,
	    "abcdefghijklmnopqrstuvwxyz"
	    "0123456789.-:/[]");

	snprintf(why, size,
	    "not of the form https://hooks.example.com, in "
	    "lower case and without a path");
	s->issuer = value;
	return strncmp(value, scheme, n) == 0 && value[n] != '\0' &&
	    strchr(value + n, '/') == NULL && value[length] == '\0' &&
	    length <= ISSUER_MAX;
}

static bool
set_threads(void *to, const char *value, char *why, size_t size)
{
	struct settings *s = to;

	snprintf(why, size, "not a number from 1 to %d", THREADS_MAX);
	return option_number(value, THREADS_MAX, &s->threads);
}

static bool
set_account_rate(void *to, const char *value, char *why, size_t size)
{
	struct settings *s = to;

	snprintf(why, size, "not a number from 0 to %d", ACCOUNT_RATE_MAX);
	s->account_rate = 0;
	return strcmp(value, "0") == 0 ||
	    option_number(value, ACCOUNT_RATE_MAX, &s->account_rate);
}

static bool
add_allowed_name(void *to, const char *value, char *why, size_t size)
{
	struct shared_options *o = to;

	snprintf(why, size,
	    "not of the form .internal or receiver, or more than %d of them",
	    EGRESS_NAMES_MAX);
	return egress_policy_allow_name(&o->policy, value);
}

static const struct option_row rows[] = {
	SHARED_ROW_DATABASE,
	{ .name = "seal-key",
	    .argument = "FILE",
	    .apply = set_seal_key,
	    .help = "public half of the sealing key; required" },
	{ .name = "threads",
	    .argument = "N",
	    .apply = set_threads,
	    .fallback = "256",
	    .help = "requests served at the same time" },
	{ .name = "account-rate",
	    .argument = "N",
	    .apply = set_account_rate,
	    .fallback = "50",
	    .help = "requests a second of one account; 0: any" },
	SHARED_ROW_ALLOW,
	{ .name = "allow-name",
	    .argument = "SUFFIX",
	    .apply = add_allowed_name,
	    .repeats = true,
	    .help = "names allowed despite the rules" },
	SHARED_ROW_DENY,
	{ .name = "http-targets",
	    .apply = shared_option_http_targets,
	    .fallback = "no",
	    .help = "accept webhooks with http:// URLs" },
	SHARED_ROW_NAT64,
	{ .name = "issuer",
	    .argument = "URL",
	    .apply = set_issuer,
	    .help = "the service's own https:// URL, for OAuth clients" },
	SHARED_ROW_LOG,
	SHARED_ROW_LOG_FORMAT,
	SHARED_ROW_LOG_LEVEL,
	SHARED_ROW_CHECK("key"),
	SHARED_ROW_HELP,
	SHARED_ROW_VERSION,
	{ .name = NULL },
};

const struct program program = {
	.name = "postern-responder",
	.summary =
	    "Registers webhooks over FastCGI or CGI; started by spawn-fcgi.",
	.rows = rows,
};
