/*
 * name_servers.h - asks the name servers once; the one door to c-ares.
 *
 * An answer must come from the address and port that was asked to the port
 * that asked, and have the question's id and name (RFC 5452, section 9.1). Ids
 * are of libsodium; a port is a random one of the kernel, and asks
 * NAME_SERVERS_PORT_USES questions at most. There is no EDNS, so an answer
 * cannot come in fragments; a long one comes over TCP. Of several servers the
 * one that answers is asked first, once another was silent.
 */
#ifndef POSTERN_HTTP_NAME_SERVERS_H
#define POSTERN_HTTP_NAME_SERVERS_H

#include <stdint.h>

#include "common/compiler.h"
#include "http/loop.h"
#include "http/name_answer.h"

#define NAME_SERVERS_TRY_MS 2000 /* for each of resolv.conf, in turn */
#define NAME_SERVERS_PORT_USES 64

struct name_servers;
struct channel;

/* A question, embedded by who asks, and kept until it is answered. */
struct name_question {
	sa_family_t family;
	/*
	 * ttl_s is the least of the addresses' and of aliases on the way. Not
	 * called any more once name_servers_close is.
	 */
	void (*answered)(struct name_question *q, const struct name_answer *a);
	struct channel *channel; /* the room's */
};

/*
 * NULL when memory is short. resolv_conf is a path, and a change there is
 * noticed. port is the name servers'.
 */
MUST_CHECK struct name_servers *name_servers_open(struct loop *l,
    const char *resolv_conf, uint16_t port);

/* Not from within answered. NULL is fine. */
void name_servers_close(struct name_servers *n);

/* answered may be called before this returns. */
void name_servers_ask(struct name_servers *n, struct name_question *q,
    const char *name);

/* Read resolv.conf again for what is asked from now on. */
void name_servers_reload(struct name_servers *n);

#endif
