/* etag.h - entity tags in If-Match and If-None-Match (RFC 9110, 13.1). */
#ifndef POSTERN_ETAG_H
#define POSTERN_ETAG_H

#include <stdbool.h>

#include "common/pgarray.h"

/*
 * Add a header's strong tags, without their quotes, or "*". Weak tags match
 * nothing here, and neither does what follows a fault: both are left out.
 */
void etag_strong(const char *header, struct pgarray *tags);

/* Does If-None-Match, by weak comparison, name this tag? */
bool etag_named(const char *header, const char *tag);

#endif
