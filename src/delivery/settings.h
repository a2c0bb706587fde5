/* settings.h - what postern-delivery can be told, in one table. */
#ifndef POSTERN_DELIVERY_SETTINGS_H
#define POSTERN_DELIVERY_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/shared_options.h"
#include "delivery/secret_cache.h"
#include "delivery/platform_signer.h"

struct settings {
	struct shared_options common; /* must come first */
	char *keys[SECRET_CACHE_FILES_MAX];
	size_t key_count; /* 0: not set */
	char *signing_keys[PLATFORM_SIGNER_MAX];
	size_t signing_key_count; /* 0: no v1a signatures */
	const char *ca_file;      /* NULL: the system's */
	unsigned in_flight;
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
