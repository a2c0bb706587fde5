/* name_answer.h - the addresses of a name, or why it has none. */
#ifndef POSTERN_HTTP_NAME_ANSWER_H
#define POSTERN_HTTP_NAME_ANSWER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "common/compiler.h"
#include "common/text.h"

#define RESOLVER_ADDRESSES_MAX 64

/* An address without its port. */
struct resolver_address {
	sa_family_t family; /* AF_INET or AF_INET6 */
	union {
		struct in_addr v4;
		struct in6_addr v6;
	};
};

enum resolver_result {
	RESOLVER_OK,
	RESOLVER_NO_NAME, /* it does not exist, or has no address */
	RESOLVER_FAILED,  /* the name servers fail, refuse, or send garbage */
	RESOLVER_SILENT,  /* they did not answer */
};

struct name_answer {
	enum resolver_result result;
	const char *why; /* a constant sentence; NULL when OK */
	unsigned ttl_s;  /* so long it is true */
	size_t count;
	struct resolver_address addresses[RESOLVER_ADDRESSES_MAX];
};

/* An address as inet_pton reads it. False may leave it changed. */
MUST_CHECK bool resolver_address_parse(struct text text,
    struct resolver_address *address);

/*
 * One answer of that for IPv6 and that for IPv4; NULL: there is none yet. The
 * addresses are in the order in which to connect: families in turn, IPv6 first
 * (RFC 8305, section 4). It is true as long as both are. Of two failures it
 * has the one that is more likely to pass. Both may be the same answer.
 */
void name_answer_merge(struct name_answer *to, const struct name_answer *v6,
    const struct name_answer *v4);

#endif
