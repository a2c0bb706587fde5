/*
 * dns_client.h - paces questions to the name servers, and repeats them.
 *
 * A question that is not answered, or that the name servers fail to answer, is
 * asked once more. So that a burst does not run over a name server's socket, at
 * most DNS_FRESH_MAX are asked that it may not have read yet. It has if it has
 * answered a later one, and is taken to after DNS_FRESH_MS; and repeats take
 * turns with others, and owners with each other. So silence does not hold up
 * others for long.
 */
#ifndef POSTERN_HTTP_DNS_CLIENT_H
#define POSTERN_HTTP_DNS_CLIENT_H

#include <stdint.h>

#include "common/compiler.h"
#include "http/loop.h"
#include "http/name_answer.h"
#include "http/owner.h"

#define DNS_TRIES 2
#define DNS_FRESH_MAX 128
#define DNS_FRESH_MS 20

struct dns_client;

/* Called with what dns_client_ask was given. */
typedef void dns_answered(void *arg, sa_family_t family,
    const struct name_answer *answer);

/* As name_servers_open. */
MUST_CHECK struct dns_client *dns_client_open(struct loop *l,
    const char *resolv_conf, uint16_t port, dns_answered *answered);

/* Not from within answered, which is not called any more. NULL is fine. */
void dns_client_close(struct dns_client *c);

/* answered may be called before this returns. */
void dns_client_ask(struct dns_client *c, const char *name, sa_family_t family,
    const unsigned char owner[OWNER_BYTES], void *arg);

/* Read resolv.conf again for what is asked from now on. */
void dns_client_reload(struct dns_client *c);

#endif
