/*
 * egress_url.h - which URLs and which addresses may receive deliveries.
 *
 * Pure: no I/O, no name look-up, no locale. Asked at registration for the
 * URL as written, and again by whoever connects for the address really
 * connected to, so that a name which resolves elsewhere later gains nothing.
 * The refused ranges come from the IANA special-purpose address registries
 * (RFC 6890 and its updates).
 */
#ifndef POSTERN_EGRESS_URL_H
#define POSTERN_EGRESS_URL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "common/compiler.h"
#include "common/egress_policy.h"

#define EGRESS_URL_MAX 2048 /* bytes, as given and in canonical form */

/*
 * Add "CIDR:PORT" or "CIDR:LOW-HIGH" to the policy: "127.0.0.1/32:9000",
 * "10.1.0.0/16:1024-65535", "[fd00::/8]:8443". False when the text is none
 * of these, or the policy is full; the policy is then as it was. Bits past
 * the prefix do not count. A range overrides the rules for addresses, as
 * literals and as connected to, and none of those for names.
 */
MUST_CHECK bool egress_allow(struct egress_policy *policy, const char *text);

/* Set the NAT64 prefix from "64:ff9b:1::/96"; only /96. False: malformed. */
MUST_CHECK bool egress_nat64(struct egress_policy *policy, const char *text);

/*
 * Judge a URL of length bytes (it need not end in NUL). On EGRESS_OK,
 * canonical holds it with scheme and host in lower case, IPv6 as RFC 5952
 * writes it, the scheme's default port dropped and a path of "/" where it
 * had none; otherwise canonical is untouched. A wrong port is MALFORMED.
 */
MUST_CHECK enum egress_verdict egress_url(const struct egress_policy *policy,
    const char *given, size_t length, char canonical[EGRESS_URL_MAX + 1]);

/*
 * May a connection be opened to this address and port? False for every
 * family but AF_INET and AF_INET6.
 */
MUST_CHECK bool egress_sockaddr_allowed(const struct egress_policy *policy,
    const struct sockaddr *address);

#endif
