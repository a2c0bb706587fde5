/*
 * address.h - which addresses may receive deliveries; the rules of target.h.
 *
 * An address is 16 bytes: IPv6, or IPv4 as ::ffff:0:0/96 has it.
 */
#ifndef POSTERN_ADDRESS_H
#define POSTERN_ADDRESS_H

#include <stdbool.h>

#include "common/policy.h"
#include "common/text.h"

#define ADDRESS_BYTES 16
#define ADDRESS_IPV4_BYTES 4
#define ADDRESS_MAPPED_BITS 96
#define ADDRESS_PORT_MAX 65535

void address_map_ipv4(const unsigned char ipv4[ADDRESS_IPV4_BYTES],
    unsigned char address[ADDRESS_BYTES]);
bool address_is_mapped(const unsigned char address[ADDRESS_BYTES]);

/*
 * Read an address as inet_pton does: four decimal octets without leading
 * zeros for AF_INET, RFC 4291 for AF_INET6. False leaves it untouched.
 */
bool address_parse(int family, struct text text,
    unsigned char address[ADDRESS_BYTES]);

/* May this port receive, when the address is in no allowed range? */
bool address_is_usual_port(const struct target_policy *policy, unsigned port);

/*
 * May it receive? A network's own NAT64 address is judged as the IPv4
 * address behind it. TARGET_MALFORMED when only the port is wrong.
 */
enum target_verdict address_judge(const struct target_policy *policy,
    const unsigned char address[ADDRESS_BYTES], unsigned port);

#endif
