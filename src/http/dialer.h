/*
 * dialer.h - connects to a host: Happy Eyeballs (RFC 8305).
 *
 * The addresses of a name are tried in their order, the next one when the last
 * has failed or kept us waiting; the first that connects wins. Here, directly
 * before connect(), and nowhere else is an address judged, so that it does not
 * matter what the name resolved to before.
 */
#ifndef POSTERN_HTTP_DIALER_H
#define POSTERN_HTTP_DIALER_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "common/egress_policy.h"
#include "http/loop.h"
#include "http/own_addresses.h"
#include "http/owner.h"
#include "http/resolver.h"

#define DIALER_DELAY_MS 250  /* RFC 8305, section 5 */
#define DIALER_PENDING_MAX 4 /* sockets of one that connect; the oldest goes */
#define DIALER_PEER_MAX 64

/* What all dialers of a thread share. */
struct dialer_shared {
	struct loop *loop;
	struct resolver *resolver;
	const struct egress_policy *policy;
	struct own_addresses own; /* zeroed; cleared by who has this */
	size_t extra_max; /* sockets beyond the first of each dialer, in all */
	size_t extra;
};

enum dialer_result {
	DIALER_CONNECTED,
	DIALER_REFUSED, /* we never send to any of its addresses */
	DIALER_FAILED,
};

struct dialer;

/*
 * The host, a name or an address, and the owner are borrowed. done is called
 * once, maybe before dialer_start returns, and may close the dialer; why is a
 * sentence, or empty. NULL: memory is short.
 */
MUST_CHECK struct dialer *dialer_open(struct dialer_shared *shared,
    const char *host, unsigned port, const unsigned char owner[OWNER_BYTES],
    void (*done)(void *arg, enum dialer_result result, const char *why),
    void *arg);
void dialer_start(struct dialer *d);

/* NULL is fine. */
void dialer_close(struct dialer *d);

/* The connected socket, the caller's from now on. */
MUST_CHECK int dialer_take_fd(struct dialer *d);

/* Whom it has tried last: 192.0.2.1:443, [2001:db8::1]:443; empty: nobody. */
const char *dialer_peer(const struct dialer *d);

/* When the addresses were known, of clock_now_us; 0: they are not, or none had
   to be asked for. */
long long dialer_named_us(const struct dialer *d);

#endif
