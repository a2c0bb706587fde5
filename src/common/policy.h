/* policy.h - what an operator lets webhooks point to, and the verdicts. */
#ifndef POSTERN_POLICY_H
#define POSTERN_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#define TARGET_ALLOW_MAX 32	/* ranges an operator may allow */

/* What an operator allows beyond the rules. Zeroed: nothing. */
struct target_policy {
	bool plain_http;		/* accept http:// as well */
	size_t allow_count;
	struct target_range {
		unsigned char address[16];	/* IPv6, or IPv4-mapped */
		unsigned prefix;		/* bits of it, 0 to 128 */
		unsigned port_low, port_high;
	} allow[TARGET_ALLOW_MAX];
	bool has_nat64;			/* the network's own NAT64 prefix */
	unsigned char nat64[12];	/* a /96 (RFC 6052) */
};

enum target_verdict {
	TARGET_OK,
	TARGET_MALFORMED,	/* not a URL that we accept at all */
	TARGET_REFUSED		/* well-formed, where we never send */
};

#endif
