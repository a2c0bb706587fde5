/* settings.h - what postern-delivery can be told, in one table. */
#ifndef POSTERN_DELIVERY_SETTINGS_H
#define POSTERN_DELIVERY_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/target.h"
#include "delivery/keys.h"

enum action { ACTION_SEND, ACTION_HELP, ACTION_VERSION, ACTION_CHECK };

struct settings {
	enum action action;
	const char *database;		/* NULL: not set */
	char *keys[KEYS_FILES_MAX];
	size_t key_count;		/* 0: not set */
	const char *ca_file;		/* NULL: the system's */
	unsigned in_flight;
	bool syslog;
	struct target_policy policy;
};

/*
 * Read flags and environment. The strings live as long as argv and the
 * environment, the keys' until settings_clear. False: why names the setting
 * and what is wrong with it.
 */
bool settings_read(struct settings *s, int argc, char **argv, char *why,
    size_t why_size);

void settings_clear(struct settings *s);

void settings_help(void);

#endif
