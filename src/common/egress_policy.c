/* egress_policy.c - what an operator allows and denies besides. */
#include "common/egress_policy.h"

#include <netinet/in.h>
#include <string.h>

#include "common/egress_address.h"
#include "common/egress_name.h"
#include "common/text.h"

/* "ADDRESS/BITS"; bits are counted as of IPv6. */
static bool
parse_cidr(int family, struct text text,
    unsigned char address[EGRESS_ADDRESS_BYTES], unsigned *bits)
{
	unsigned offset = family == AF_INET ? EGRESS_ADDRESS_MAPPED_BITS : 0;
	struct text before = text_take_until(&text, "/");

	if (!text_take_byte(&text, '/') ||
	    !egress_address_parse(family, before, address) ||
	    !text_number(text, EGRESS_ADDRESS_BYTES * 8 - offset, bits))
		return false;
	*bits += offset;
	return true;
}

bool
egress_policy_allow(struct egress_policy *policy, const char *text)
{
	struct text rest = { text, strlen(text) }, cidr, low, high;
	struct egress_range range = { 0 };
	bool bracket = text_take_byte(&rest, '[');

	cidr = text_take_until(&rest, bracket ? "]" : ":");
	if (bracket && !text_take_byte(&rest, ']'))
		return false;
	if (!text_take_byte(&rest, ':'))
		return false;
	low = text_take_until(&rest, "-");
	high = text_take_byte(&rest, '-') ? rest : low;
	if (!parse_cidr(bracket ? AF_INET6 : AF_INET, cidr, range.address,
		&range.prefix) ||
	    !egress_address_parse_port(low, &range.port_low) ||
	    !egress_address_parse_port(high, &range.port_high) ||
	    range.port_low > range.port_high ||
	    policy->allow_count >= EGRESS_ALLOW_MAX)
		return false;
	policy->allow[policy->allow_count++] = range;
	return true;
}

bool
egress_policy_deny(struct egress_policy *policy, const char *text)
{
	struct text cidr = { text, strlen(text) };
	struct egress_range range = { .port_high = EGRESS_ADDRESS_PORT_MAX };
	int family = strchr(text, ':') == NULL ? AF_INET : AF_INET6;

	if (!parse_cidr(family, cidr, range.address, &range.prefix) ||
	    policy->deny_count >= EGRESS_DENY_MAX)
		return false;
	policy->deny[policy->deny_count++] = range;
	return true;
}

bool
egress_policy_allow_name(struct egress_policy *policy, const char *text)
{
	struct text name = { text, strlen(text) };
	char *to;

	(void)text_take_byte(&name, '.');
	if (!egress_name_is_valid(name) || egress_name_ends_in_number(text) ||
	    strlen(text) > EGRESS_NAME_MAX ||
	    policy->name_count >= EGRESS_NAMES_MAX)
		return false;
	to = policy->names[policy->name_count++];
	for (; *text != '\0'; text++)
		*to++ = text_lower(*text);
	*to = '\0';
	return true;
}

/* RFC 6052: the eight bits after the first 64 are zero. */
bool
egress_policy_set_nat64(struct egress_policy *policy, const char *text)
{
	static const unsigned char none[EGRESS_ADDRESS_IPV4_BYTES];
	unsigned char address[EGRESS_ADDRESS_BYTES];
	unsigned bits;

	if (!parse_cidr(AF_INET6, (struct text){ text, strlen(text) }, address,
		&bits) ||
	    bits != 8 * sizeof policy->nat64 || address[8] != 0 ||
	    memcmp(address + sizeof policy->nat64, none, sizeof none) != 0)
		return false;
	memcpy(policy->nat64, address, sizeof policy->nat64);
	policy->has_nat64 = true;
	return true;
}
