/*
 * egress_url.h - which URLs may receive deliveries (SSRF guard).
 *
 * Asked at registration for the URL as written. Whoever connects asks again,
 * egress_address_may_connect, for the address really connected to, so that a
 * name which resolves elsewhere later gains nothing. Pure: no I/O, no name
 * look-up, no locale.
 */
#ifndef POSTERN_EGRESS_URL_H
#define POSTERN_EGRESS_URL_H

#include <stddef.h>

#include "common/egress_policy.h"

#define EGRESS_URL_MAX 2048 /* bytes, as given and in canonical form */

/*
 * Check a URL of length bytes (it need not end in NUL). On EGRESS_OK,
 * canonical holds it with scheme and host in lower case, IPv6 as RFC 5952
 * writes it, the scheme's default port dropped and a path of "/" where it
 * had none; otherwise canonical is untouched. A wrong port is MALFORMED.
 */
enum egress_result egress_url_check(const struct egress_policy *policy,
    const char *given, size_t length, char canonical[EGRESS_URL_MAX + 1]);

#endif
