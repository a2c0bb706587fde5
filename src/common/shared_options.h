/* shared_options.h - the options that several programs have. */
#ifndef POSTERN_SHARED_OPTIONS_H
#define POSTERN_SHARED_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/egress_policy.h"

enum action { ACTION_RUN, ACTION_HELP, ACTION_VERSION, ACTION_CHECK };

struct shared_options {
	enum action action;
	const char *database; /* NULL: not set */
	bool syslog;
	struct egress_policy policy;
};

/*
 * Each takes one value, as option_table.h has it. The settings they are given
 * must begin with a struct shared_options.
 */
bool shared_option_database(void *to, const char *value, char *why,
    size_t size);
bool shared_option_allow(void *to, const char *value, char *why, size_t size);
bool shared_option_http_targets(void *to, const char *value, char *why,
    size_t size);
bool shared_option_nat64(void *to, const char *value, char *why, size_t size);
bool shared_option_log(void *to, const char *value, char *why, size_t size);
bool shared_option_check(void *to, const char *value, char *why, size_t size);
bool shared_option_help(void *to, const char *value, char *why, size_t size);
bool shared_option_version(void *to, const char *value, char *why, size_t size);

#endif
