/*
 * resolver.h - looks names up without threads.
 *
 * Answers are kept for their time to live, within bounds; questions for a name
 * that is being looked up wait for the same answer. /etc/hosts and the name
 * servers of /etc/resolv.conf are asked as the C library would, but no search
 * domain is appended: a name in a URL is whole. Both files may change.
 */
#ifndef POSTERN_HTTP_RESOLVER_H
#define POSTERN_HTTP_RESOLVER_H

#include <stddef.h>
#include <stdint.h>

#include "common/compiler.h"
#include "http/loop.h"
#include "http/name_answer.h"
#include "http/owner.h"

/* How long answers are kept, whatever they say; and failures. */
#define RESOLVER_TTL_MIN_S 5
#define RESOLVER_TTL_MAX_S 300
#define RESOLVER_NONE_S 30  /* RESOLVER_NO_NAME */
#define RESOLVER_FAILED_S 5 /* RESOLVER_FAILED, RESOLVER_SILENT */

/*
 * Where there is an IPv4 address, that of IPv6 is waited for so long (RFC
 * 8305, section 3). The other way round it is longer, as there may be no way
 * for IPv6, and the answer is given once.
 */
#define RESOLVER_AWAIT_V6_MS 50
#define RESOLVER_AWAIT_V4_MS 1000

struct resolver;

/* A question, embedded by who asks; answered once, or withdrawn. */
struct resolver_query {
	/*
	 * Called when the answer is there, in the order in which to connect
	 * (RFC 8305, section 4: families in turn, IPv6 first). The addresses
	 * are borrowed for the call. why: a constant sentence when not OK.
	 */
	void (*answered)(void *arg, enum resolver_result result,
	    const struct resolver_address *addresses, size_t count,
	    const char *why);
	void *arg;
	struct resolver_query *next, **link; /* the room's; link NULL: done */
};

/* NULL when memory is short. So many names are remembered. */
MUST_CHECK struct resolver *resolver_open(struct loop *l, size_t names_max);

/* The same with other files, which are borrowed, and another port than 53. */
struct resolver_sources {
	const char *hosts, *resolv_conf;
	uint16_t port; /* of the name servers */
};
MUST_CHECK struct resolver *resolver_open_from(struct loop *l, size_t names_max,
    const struct resolver_sources *sources);

/* Not from within answered, which is not called any more. NULL is fine. */
void resolver_close(struct resolver *r);

/*
 * Look a name up (lower case, no literal address) for this owner. What is known
 * is answered before this returns.
 */
void resolver_ask(struct resolver *r, struct resolver_query *q,
    const char *name, const unsigned char owner[OWNER_BYTES]);

/* Since it was opened: what was known already, and what was asked for. */
struct resolver_figures {
	unsigned long long known, asked;
};
struct resolver_figures resolver_figures(const struct resolver *r);

/* answered is not called any more. Fine when it was answered already. */
void resolver_withdraw(struct resolver *r, struct resolver_query *q);

/* Read both files again, forget what is known; for SIGHUP. */
void resolver_reload(struct resolver *r);

#endif
