/* settings.h - the settings of postern-delivery. */
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
	enum signing_scope signing_scope;
	const char *ca_file; /* NULL: the system's */
	unsigned in_flight, in_flight_per_webhook;
	unsigned idle_connections;
	unsigned connection_life_s;
};

/* Of settings that are freed with settings_clear. */
extern const struct program program;

void settings_clear(struct settings *s);

#endif
