/* options.h - the settings that both programs have. */
#ifndef POSTERN_OPTIONS_H
#define POSTERN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/policy.h"

enum action {
	ACTION_RUN, ACTION_HELP, ACTION_VERSION, ACTION_CHECK, ACTION_NEW_KEY
};

struct options {
	enum action action;
	const char *database;		/* NULL: not set */
	bool syslog;
	struct target_policy policy;
};

/*
 * Each takes one value, as config.h has it. The settings they are given must
 * begin with a struct options.
 */
bool options_database(void *to, const char *value, char *why, size_t size);
bool options_allow(void *to, const char *value, char *why, size_t size);
bool options_http_targets(void *to, const char *value, char *why,
    size_t size);
bool options_nat64(void *to, const char *value, char *why, size_t size);
bool options_log(void *to, const char *value, char *why, size_t size);
bool options_check(void *to, const char *value, char *why, size_t size);
bool options_help(void *to, const char *value, char *why, size_t size);
bool options_version(void *to, const char *value, char *why, size_t size);

#endif
