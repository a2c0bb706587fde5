/*
 * verdict.h - what an attempt's end means for its delivery and its webhook.
 *
 * Pure, and one table in verdict.c: an HTTP status, or the way in which a
 * request failed, to the verdict's name and to what retry_policy.h makes of it.
 * A new verdict is a row there. Knows nothing of HTTP clients.
 */
#ifndef POSTERN_VERDICT_H
#define POSTERN_VERDICT_H

#include <stdbool.h>

/* How a request ended. */
enum ending {
	ENDING_ANSWERED, /* with a whole answer, or all of it we read */
	ENDING_TIMEOUT,
	ENDING_TLS,      /* no TLS, or none that we trust */
	ENDING_NETWORK,  /* no name, no connection, or it broke */
	ENDING_GARBAGE,  /* what came is no HTTP answer */
	ENDING_REFUSED,  /* it leads where we never send */
	ENDING_UNSIGNED, /* none of our keys opens its secret, or headers */
	ENDING_EXPIRED,  /* the message is kept no longer */
	ENDING_RETURNED, /* not sent: back to the queue */
	ENDING_COUNT
};

/* What is to become of the delivery. */
enum fate {
	FATE_SENT,
	FATE_FAILED,  /* for good: a dead letter, kept for postern.replay */
	FATE_RETRY,   /* by the schedule, while it has attempts left */
	FATE_RETURNED /* owed as if it had not been claimed */
};

struct verdict {
	const char *name; /* as the attempt's row has it */
	enum fate fate;
	bool hard;                /* trips the webhook's circuit breaker */
	bool honours_retry_after; /* the webhook is left alone so long */
};

/* status counts with ENDING_ANSWERED alone. */
const struct verdict *verdict_of(enum ending ending, int status);

#endif
