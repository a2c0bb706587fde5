/*
 * log_repeats.h - which sentences were logged in the last minute.
 *
 * A few are remembered; of more, the one that came first is forgotten. Any
 * thread may ask.
 */
#ifndef POSTERN_LOG_REPEATS_H
#define POSTERN_LOG_REPEATS_H

#include <stdbool.h>

#include "common/compiler.h"

#define LOG_REPEATS_MS 60000
#define LOG_REPEATS_MAX 16

/*
 * Was it not logged in the last minute? Then it is to be now, and *times is how
 * often it came meanwhile.
 */
MUST_CHECK bool log_repeats_is_due(const char *sentence, unsigned *times);

#endif
