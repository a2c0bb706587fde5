/* settings.h - the settings of postern-responder. */
#ifndef POSTERN_SETTINGS_H
#define POSTERN_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "common/shared_options.h"

struct settings {
	struct shared_options common; /* must come first */
	const char *seal_key;         /* NULL: not set */
	const char *issuer;           /* NULL: not set */
	unsigned threads;
};

/*
 * Read flags and environment. The strings live as long as argv and the
 * environment. False: why names the setting and what is wrong with it.
 */
MUST_CHECK bool settings_read(struct settings *s, int argc, char **argv,
    char *why, size_t why_size);

void settings_help(void);

#endif
