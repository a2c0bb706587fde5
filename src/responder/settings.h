/* settings.h - the settings of postern-responder. */
#ifndef POSTERN_SETTINGS_H
#define POSTERN_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/shared_options.h"

struct settings {
	struct shared_options common; /* must come first */
	const char *seal_key;         /* NULL: not set */
	const char *issuer;           /* NULL: not set */
	unsigned threads;
	unsigned account_rate; /* requests a second; 0: any */
};

/* Its strings live as long as argv and the environment. */
extern const struct program program;

#endif
