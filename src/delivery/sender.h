/*
 * sender.h - sends the requests: one thread with an event loop.
 *
 * Attempts go in by sender_add and come out, ended, by sender_take. The
 * scheduler decides which of them are in flight.
 */
#ifndef POSTERN_SENDER_H
#define POSTERN_SENDER_H

#include <stdbool.h>
#include <stddef.h>

#include "common/egress_policy.h"
#include "delivery/attempt.h"
#include "delivery/platform_signer.h"

struct sender;

struct sender_options {
	const struct egress_policy *policy; /* borrowed */
	struct platform_signer *signers;    /* borrowed */
	const char *ca_file;                /* NULL: the system's */
	unsigned in_flight;                 /* to all webhooks */
	unsigned in_flight_per_webhook;     /* to one of them */
	unsigned idle_connections;          /* kept open beside those */
	unsigned connection_life_s;         /* not used again after so long */
};

/* Descriptors that a sender with these options may have open. */
size_t sender_descriptors(const struct sender_options *options);

/*
 * Start the thread. NULL, and logged, when something is short, or the CA
 * certificates cannot be read.
 */
MUST_CHECK struct sender *sender_open(const struct sender_options *options);

/* Stop at once; what is inside is freed. NULL is fine. */
void sender_close(struct sender *s);

/* Hand over linked attempts, which the sender then owns. */
void sender_add(struct sender *s, struct attempt *first);

/* Those that have ended, linked, the caller's then; NULL: none. */
MUST_CHECK struct attempt *sender_take(struct sender *s, size_t count_max);

/* Readable when there may be some to take. */
int sender_ready_fd(const struct sender *s);

/*
 * Does its thread still get round? False: not since the last time that this was
 * asked, which should be seconds ago.
 */
MUST_CHECK bool sender_is_alive(struct sender *s);

/* From now on return what waits and what is added; finish what is in flight. */
void sender_drain(struct sender *s);

/* Read CA certificates and resolv.conf again; what fails is logged. */
void sender_reload(struct sender *s);

#endif
