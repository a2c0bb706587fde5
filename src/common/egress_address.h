/*
 * egress_address.h - which addresses may receive deliveries (SSRF guard).
 *
 * An address is 16 bytes: IPv6, or IPv4 as ::ffff:0:0/96 has it. The refused
 * ranges come from the IANA special-purpose address registries (RFC 6890 and
 * its updates). Pure: no I/O, no name look-up.
 */
#ifndef POSTERN_EGRESS_ADDRESS_H
#define POSTERN_EGRESS_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

#include "common/compiler.h"
#include "common/egress_policy.h"
#include "common/text.h"

#define EGRESS_ADDRESS_BYTES 16
#define EGRESS_ADDRESS_IPV4_BYTES 4
#define EGRESS_ADDRESS_MAPPED_BITS 96
#define EGRESS_ADDRESS_PORT_MAX 65535

void egress_address_map_ipv4(const unsigned char
				 ipv4[EGRESS_ADDRESS_IPV4_BYTES],
    unsigned char address[EGRESS_ADDRESS_BYTES]);
bool egress_address_is_mapped(
    const unsigned char address[EGRESS_ADDRESS_BYTES]);

/*
 * Read an address as inet_pton does: four decimal octets without leading
 * zeros for AF_INET, RFC 4291 for AF_INET6. False leaves it untouched.
 */
MUST_CHECK bool egress_address_parse(int family, struct text text,
    unsigned char address[EGRESS_ADDRESS_BYTES]);

/* A port in decimal digits, 1 to EGRESS_ADDRESS_PORT_MAX. */
MUST_CHECK bool egress_address_parse_port(struct text text, unsigned *port);

/* May this port receive, when the address is in no allowed range? */
bool egress_address_is_usual_port(const struct egress_policy *policy,
    unsigned port);

/*
 * May it receive? A network's own NAT64 address is judged as the IPv4
 * address behind it. EGRESS_MALFORMED when only the port is refused.
 */
enum egress_result egress_address_check(const struct egress_policy *policy,
    const unsigned char address[EGRESS_ADDRESS_BYTES], unsigned port);

/* The bytes and the port of an address; false: neither AF_INET nor AF_INET6. */
MUST_CHECK bool egress_address_of(const struct sockaddr *address,
    unsigned char bytes[EGRESS_ADDRESS_BYTES], unsigned *port);

/*
 * May a connection be opened to this address and port? Not to one of this host,
 * which is_own knows, unless it is allowed. False for every family but AF_INET
 * and AF_INET6.
 */
MUST_CHECK bool egress_address_may_connect(const struct egress_policy *policy,
    const struct sockaddr *address,
    bool (
	*is_own)(const unsigned char address[EGRESS_ADDRESS_BYTES], void *arg),
    void *arg);

#endif
