/*
 * variables.h - the variables that programs know, and one too many.
 *
 * A variable that neither postern-responder nor postern-delivery knows is a
 * setting that somebody believes to have made. Each knows the other's, so that
 * one file can hold the settings of both. Those of postern(1) are for shells.
 */
#ifndef POSTERN_VARIABLES_H
#define POSTERN_VARIABLES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"

/*
 * Of the variables in environment, as environ has them, each that begins with
 * POSTERN_ and is not empty is a setting of one of them. False: why names one
 * that is none, never its value, and the setting that may have been meant.
 */
MUST_CHECK bool variables_known(char *const *environment, char *why,
    size_t why_size);

#endif
