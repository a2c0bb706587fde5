/* egress_address.c - which addresses may receive deliveries (SSRF guard). */
#include "common/egress_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "common/compiler.h"

#define IPV4_AT (EGRESS_ADDRESS_BYTES - EGRESS_ADDRESS_IPV4_BYTES)

struct block {
	unsigned char
	    address[EGRESS_ADDRESS_BYTES]; /* IPv4 in the first four */
	unsigned bits;
};

static const struct block refused_ipv4[] = {
	{ { 0 }, 8 },                 /* this network: RFC 1122 */
	{ { 10 }, 8 },                /* private: RFC 1918 */
	{ { 100, 64 }, 10 },          /* behind a carrier's NAT: RFC 6598 */
	{ { 127 }, 8 },               /* loopback: RFC 1122 */
	{ { 168, 63, 129, 16 }, 32 }, /* Azure's host: no RFC, its manual */
	{ { 169, 254 }, 16 },         /* link-local: RFC 3927 */
	{ { 172, 16 }, 12 },          /* private: RFC 1918 */
	{ { 192, 0, 0 }, 24 },        /* protocol assignments: RFC 6890 */
	{ { 192, 0, 2 }, 24 },        /* documentation: RFC 5737 */
	{ { 192, 31, 196 }, 24 },     /* AS112 by DNAME: RFC 7535 */
	{ { 192, 52, 193 }, 24 },     /* multicast tunnels: RFC 7450 */
	{ { 192, 88, 99 }, 24 },      /* 6to4 relays: RFC 7526 */
	{ { 192, 168 }, 16 },         /* private: RFC 1918 */
	{ { 192, 175, 48 }, 24 },     /* AS112: RFC 7534 */
	{ { 198, 18 }, 15 },          /* benchmarks: RFC 2544 */
	{ { 198, 51, 100 }, 24 },     /* documentation: RFC 5737 */
	{ { 203, 0, 113 }, 24 },      /* documentation: RFC 5737 */
	{ { 224 }, 4 },               /* multicast: RFC 5771 */
	{ { 240 }, 4 },               /* reserved, broadcast: RFC 1112, 919 */
};

/* All that is not global unicast is refused; of that, these are too. */
static const struct block global_ipv6 = { { 0x20 }, 3 }; /* RFC 4291 */

static const struct block refused_ipv6[] = {
	{ { 0x20, 0x01 }, 23 }, /* Teredo and others: RFC 2928, 4380 */
	{ { 0x20, 0x01, 0x0d, 0xb8 }, 32 }, /* documentation: RFC 3849 */
	{ { 0x20, 0x02 }, 16 },             /* 6to4: RFC 3056 */
	{ { 0x26, 0x20, 0x00, 0x4f, 0x80, 0x00 }, 48 }, /* AS112: RFC 7534 */
	{ { 0x3f, 0xff }, 20 }, /* documentation: RFC 9637 */
};

static const unsigned char mapped[IPV4_AT] = { [10] = 0xff, [11] = 0xff };

void
egress_address_map_ipv4(const unsigned char ipv4[EGRESS_ADDRESS_IPV4_BYTES],
    unsigned char address[EGRESS_ADDRESS_BYTES])
{
	memcpy(address, mapped, IPV4_AT);
	memcpy(address + IPV4_AT, ipv4, EGRESS_ADDRESS_IPV4_BYTES);
}

bool
egress_address_is_mapped(const unsigned char address[EGRESS_ADDRESS_BYTES])
{
	return memcmp(address, mapped, sizeof mapped) == 0;
}

bool
egress_address_parse(int family, struct text text,
    unsigned char address[EGRESS_ADDRESS_BYTES])
{
	char copy[INET6_ADDRSTRLEN];
	unsigned char parsed[EGRESS_ADDRESS_BYTES];

	if (text.length >= sizeof copy)
		return false;
	memcpy(copy, text.start, text.length);
	copy[text.length] = '\0';
	if (inet_pton(family, copy, parsed) != 1)
		return false;
	if (family == AF_INET)
		egress_address_map_ipv4(parsed, address);
	else
		memcpy(address, parsed, EGRESS_ADDRESS_BYTES);
	return true;
}

bool
egress_address_parse_port(struct text text, unsigned *port)
{
	return text_number(text, EGRESS_ADDRESS_PORT_MAX, port) && *port > 0;
}

static bool
is_within(const unsigned char *address, const unsigned char *block,
    unsigned bits)
{
	unsigned whole = bits / 8, rest = bits % 8;

	if (memcmp(address, block, whole) != 0)
		return false;
	return rest == 0 ||
	    ((address[whole] ^ block[whole]) >> (8 - rest)) == 0;
}

static bool
is_within_any(const unsigned char *address, const struct block *blocks,
    size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (is_within(address, blocks[i].address, blocks[i].bits))
			return true;
	return false;
}

/* An interface id that carries an IPv4 address: RFC 5214, 6.1. */
static bool
is_isatap(const unsigned char address[EGRESS_ADDRESS_BYTES])
{
	const unsigned char *id = address + 8;

	return (id[0] & 0xfd) == 0 && id[1] == 0 && id[2] == 0x5e &&
	    id[3] == 0xfe;
}

static bool
is_public(const unsigned char address[EGRESS_ADDRESS_BYTES])
{
	if (egress_address_is_mapped(address))
		return !is_within_any(address + IPV4_AT, refused_ipv4,
		    COUNT(refused_ipv4));
	return is_within(address, global_ipv6.address, global_ipv6.bits) &&
	    !is_within_any(address, refused_ipv6, COUNT(refused_ipv6)) &&
	    !is_isatap(address);
}

/* A range of IPv6 addresses never means IPv4, however short its prefix. */
static bool
is_in_range(const struct egress_range *ranges, size_t count,
    const unsigned char address[EGRESS_ADDRESS_BYTES], unsigned port)
{
	bool ipv4 = egress_address_is_mapped(address);

	for (size_t i = 0; i < count; i++) {
		const struct egress_range *r = &ranges[i];

		if (ipv4 && r->prefix < EGRESS_ADDRESS_MAPPED_BITS)
			continue;
		if (port >= r->port_low && port <= r->port_high &&
		    is_within(address, r->address, r->prefix))
			return true;
	}
	return false;
}

bool
egress_address_is_usual_port(const struct egress_policy *policy, unsigned port)
{
	return port == 443 || (port == 80 && policy->plain_http) ||
	    (port >= 1024 && port <= EGRESS_ADDRESS_PORT_MAX);
}

/* The address that is meant. */
static void
see_through_nat64(const struct egress_policy *policy,
    const unsigned char address[EGRESS_ADDRESS_BYTES],
    unsigned char real[EGRESS_ADDRESS_BYTES])
{
	if (policy->has_nat64 &&
	    memcmp(address, policy->nat64, sizeof policy->nat64) == 0)
		egress_address_map_ipv4(address + IPV4_AT, real);
	else
		memcpy(real, address, EGRESS_ADDRESS_BYTES);
}

enum egress_result
egress_address_check(const struct egress_policy *policy,
    const unsigned char address[EGRESS_ADDRESS_BYTES], unsigned port)
{
	unsigned char real[EGRESS_ADDRESS_BYTES];

	see_through_nat64(policy, address, real);
	if (is_in_range(policy->deny, policy->deny_count, real, port))
		return EGRESS_REFUSED;
	if (is_in_range(policy->allow, policy->allow_count, real, port))
		return EGRESS_OK;
	if (!is_public(real))
		return EGRESS_REFUSED;
	if (!egress_address_is_usual_port(policy, port))
		return EGRESS_MALFORMED;
	return EGRESS_OK;
}

bool
egress_address_of(const struct sockaddr *address,
    unsigned char bytes[EGRESS_ADDRESS_BYTES], unsigned *port)
{
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	if (address->sa_family == AF_INET) {
		memcpy(&in, address, sizeof in);
		egress_address_map_ipv4((const unsigned char *)&in.sin_addr,
		    bytes);
		*port = ntohs(in.sin_port);
	} else if (address->sa_family == AF_INET6) {
		memcpy(&in6, address, sizeof in6);
		memcpy(bytes, &in6.sin6_addr, EGRESS_ADDRESS_BYTES);
		*port = ntohs(in6.sin6_port);
	} else {
		return false;
	}
	return true;
}

bool
egress_address_may_connect(const struct egress_policy *policy,
    const struct sockaddr *address,
    bool (
	*is_own)(const unsigned char address[EGRESS_ADDRESS_BYTES], void *arg),
    void *arg)
{
	unsigned char bytes[EGRESS_ADDRESS_BYTES], real[EGRESS_ADDRESS_BYTES];
	unsigned port;

	if (!egress_address_of(address, bytes, &port) ||
	    egress_address_check(policy, bytes, port) != EGRESS_OK)
		return false;
	see_through_nat64(policy, bytes, real);
	return is_in_range(policy->allow, policy->allow_count, real, port) ||
	    !is_own(real, arg);
}
