/* shared_options.h - the options that several programs have. */
#ifndef POSTERN_SHARED_OPTIONS_H
#define POSTERN_SHARED_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "common/egress_policy.h"
#include "common/log.h"
#include "common/option_table.h"

enum action { ACTION_RUN, ACTION_HELP, ACTION_VERSION, ACTION_CHECK };

struct shared_options {
	enum action action;
	const char *database; /* NULL: not set */
	struct log_plan log;
	struct egress_policy policy;
};

struct program {
	const char *name;    /* "postern-responder" */
	const char *summary; /* one line, for --help */
	const struct option_row *rows;
};

/*
 * Begin main: read the settings, which are zeroed and begin with a struct
 * shared_options, open the log, carry out --help and --version, and refuse a
 * variable that no program knows. False: the program ends with *status.
 */
MUST_CHECK bool shared_options_begin(const struct program *program,
    void *settings, int argc, char **argv, int *status);

/*
 * Each takes one value, as option_table.h has it. The settings they are given
 * must begin with a struct shared_options.
 */
bool shared_option_database(void *to, const char *value, char *why,
    size_t size);
bool shared_option_allow(void *to, const char *value, char *why, size_t size);
bool shared_option_deny(void *to, const char *value, char *why, size_t size);
bool shared_option_http_targets(void *to, const char *value, char *why,
    size_t size);
bool shared_option_nat64(void *to, const char *value, char *why, size_t size);
bool shared_option_log(void *to, const char *value, char *why, size_t size);
bool shared_option_log_format(void *to, const char *value, char *why,
    size_t size);
bool shared_option_log_level(void *to, const char *value, char *why,
    size_t size);
bool shared_option_check(void *to, const char *value, char *why, size_t size);
bool shared_option_help(void *to, const char *value, char *why, size_t size);
bool shared_option_version(void *to, const char *value, char *why, size_t size);

/* Their rows in a table of options; what is worded otherwise is not here. */
#define SHARED_ROW_DATABASE                                                  \
	{                                                                    \
		.name = "database", .argument = "CONNINFO",                  \
		.apply = shared_option_database, .hidden = true,             \
		.help = "PostgreSQL, as a libpq connection string; required" \
	}
#define SHARED_ROW_ALLOW                                         \
	{                                                        \
		.name = "allow", .argument = "CIDR:PORT[-PORT]", \
		.apply = shared_option_allow, .repeats = true,   \
		.help = "addresses allowed despite the rules"    \
	}
#define SHARED_ROW_DENY                                       \
	{                                                     \
		.name = "deny", .argument = "CIDR",           \
		.apply = shared_option_deny, .repeats = true, \
		.help = "addresses refused, allowed or not"   \
	}
#define SHARED_ROW_NAT64                                        \
	{                                                       \
		.name = "nat64", .argument = "PREFIX",          \
		.apply = shared_option_nat64,                   \
		.help = "the network's own NAT64 prefix, a /96" \
	}
#define SHARED_ROW_LOG                                            \
	{                                                         \
		.name = "log", .argument = "WHERE",               \
		.apply = shared_option_log, .fallback = "stderr", \
		.help = "stderr, journal or syslog"               \
	}
#define SHARED_ROW_LOG_FORMAT                                            \
	{                                                                \
		.name = "log-format", .argument = "FORMAT",              \
		.apply = shared_option_log_format, .fallback = "logfmt", \
		.help = "logfmt or json"                                 \
	}
#define SHARED_ROW_LOG_LEVEL                                             \
	{                                                                \
		.name = "log-level", .argument = "LEVEL",                \
		.apply = shared_option_log_level, .fallback = "info",    \
		.help = "error, warning, notice, info, debug, or a file" \
	}
#define SHARED_ROW_CHECK(what)                                                 \
	{                                                                      \
		.name = "check", .apply = shared_option_check, .action = true, \
		.help = "check settings, " what " and database, then exit"     \
	}
#define SHARED_ROW_HELP                                                      \
	{                                                                    \
		.name = "help", .apply = shared_option_help, .action = true, \
		.help = "print this, then exit"                              \
	}
#define SHARED_ROW_VERSION                                             \
	{                                                              \
		.name = "version", .apply = shared_option_version,     \
		.action = true, .help = "print the version, then exit" \
	}

#endif
