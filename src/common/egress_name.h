/* egress_name.h - which host names may receive (SSRF guard). */
#ifndef POSTERN_EGRESS_NAME_H
#define POSTERN_EGRESS_NAME_H

#include "common/egress_policy.h"
#include "common/text.h"

/*
 * Labels of letters, digits, hyphens and underscores (which the DNS has, RFC
 * 2181, 11, and receivers use), with dots between; no dot at the end.
 */
MUST_CHECK bool egress_name_is_valid(struct text name);

/* Some resolvers read a host that ends so as an IPv4 address. */
MUST_CHECK bool egress_name_ends_in_number(const char *name);

/*
 * Judge a valid name in lower case. REFUSED: it never leaves the machine or the
 * site; MALFORMED: it has no dot; unless the operator allows it.
 */
MUST_CHECK enum egress_result egress_name_check(const struct egress_policy
						    *policy,
    const char *name);

#endif
