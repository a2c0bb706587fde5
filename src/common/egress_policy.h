/* egress_policy.h - what an operator allows beyond the rules; verdicts. */
#ifndef POSTERN_EGRESS_POLICY_H
#define POSTERN_EGRESS_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#define EGRESS_ALLOW_MAX 32 /* ranges an operator may allow */

/* What an operator allows beyond the rules. Zeroed: nothing. */
struct egress_policy {
	bool plain_http; /* accept http:// as well */
	size_t allow_count;
	struct egress_range {
		unsigned char address[16]; /* IPv6, or IPv4-mapped */
		unsigned prefix;           /* bits of it, 0 to 128 */
		unsigned port_low, port_high;
	} allow[EGRESS_ALLOW_MAX];
	bool has_nat64;          /* the network's own NAT64 prefix */
	unsigned char nat64[12]; /* a /96 (RFC 6052) */
};

enum egress_verdict {
	EGRESS_OK,
	EGRESS_MALFORMED, /* not a URL that we accept at all */
	EGRESS_REFUSED    /* well-formed, where we never send */
};

#endif
