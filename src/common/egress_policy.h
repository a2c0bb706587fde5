/* egress_policy.h - what an operator allows and denies besides. */
#ifndef POSTERN_EGRESS_POLICY_H
#define POSTERN_EGRESS_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"

#define EGRESS_ALLOW_MAX 32 /* ranges an operator may allow */
#define EGRESS_DENY_MAX 32  /* and deny */
#define EGRESS_NAMES_MAX 32 /* names an operator may allow */
#define EGRESS_NAME_MAX 253 /* RFC 1035, written without the last dot */

/* Zeroed: nothing is allowed beyond the rules. */
struct egress_policy {
	bool plain_http; /* accept http:// as well */
	size_t allow_count;
	struct egress_range {
		unsigned char address[16]; /* IPv6, or IPv4-mapped */
		unsigned prefix;           /* bits of it, 0 to 128 */
		unsigned port_low, port_high;
	} allow[EGRESS_ALLOW_MAX], deny[EGRESS_DENY_MAX];
	size_t deny_count;
	size_t name_count;
	char names[EGRESS_NAMES_MAX][EGRESS_NAME_MAX + 1]; /* in lower case */
	bool has_nat64;          /* the network's own NAT64 prefix */
	unsigned char nat64[12]; /* a /96 (RFC 6052) */
};

enum egress_result {
	EGRESS_OK,
	EGRESS_MALFORMED, /* not a URL that we accept at all */
	EGRESS_REFUSED    /* well-formed, where we never send */
};

/*
 * Add "CIDR:PORT" or "CIDR:LOW-HIGH" to the policy: "127.0.0.1/32:9000",
 * "10.1.0.0/16:1024-65535", "[fd00::/8]:8443". False when the text is none
 * of these, or the policy is full; the policy is then as it was. Bits past
 * the prefix do not count. A range overrides the rules for addresses, as
 * literals and as connected to.
 */
MUST_CHECK bool egress_policy_allow(struct egress_policy *policy,
    const char *text);

/*
 * Add "203.0.113.0/24" or "2001:db8::/32" to what is denied on all ports,
 * though it is allowed as well. False as above.
 */
MUST_CHECK bool egress_policy_deny(struct egress_policy *policy,
    const char *text);

/*
 * Add a name that may be registered despite the rules for names: "receiver" is
 * that one, ".internal" all below it. What it leads to is judged as any
 * address. False as above.
 */
MUST_CHECK bool egress_policy_allow_name(struct egress_policy *policy,
    const char *text);

/* Set the NAT64 prefix from "64:ff9b:1::/96"; only /96. False: malformed. */
MUST_CHECK bool egress_policy_set_nat64(struct egress_policy *policy,
    const char *text);

#endif
