/* moment.h - times as people and headers write them, to RFC 3339. */
#ifndef POSTERN_MOMENT_H
#define POSTERN_MOMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"

#define MOMENT_MAX 64

/*
 * "10 minutes ago", "2 days ago", "now" or a time of RFC 3339, which is taken
 * as it is: the API knows which it takes. now is in seconds since 1970. False:
 * it is none of these.
 */
MUST_CHECK bool moment_read(const char *text, long long now,
    char moment[MOMENT_MAX]);

/* The Date header of HTTP, in seconds since 1970. False: it is none. */
MUST_CHECK bool moment_of_date(const char *date, long long *seconds);

#endif
