/*
 * verdict.h - what an attempt's end means for its delivery and its webhook.
 *
 * Pure, and one table. Knows HTTP statuses; knows nothing of curl.
 */
#ifndef POSTERN_VERDICT_H
#define POSTERN_VERDICT_H

#include <stdbool.h>

#define VERDICT_RETRY_AFTER_MAX 86400 /* seconds that we wait when asked */

/* How a request ended. */
enum ending {
	ENDING_ANSWERED, /* with a whole answer, or all of it we read */
	ENDING_TIMEOUT,
	ENDING_TLS,      /* no TLS, or none that we trust */
	ENDING_NETWORK,  /* no name, no connection, or it broke */
	ENDING_GARBAGE,  /* what came is no HTTP answer */
	ENDING_REFUSED,  /* it leads where we never send */
	ENDING_UNSIGNED, /* none of our keys opens its secret */
	ENDING_EXPIRED,  /* the message is kept no longer */
	ENDING_RETURNED, /* the request was not made */
	ENDING_DEFERRED, /* nor is it to be made at once */
	ENDING_COUNT
};

/* What is to become of the delivery. */
enum fate {
	FATE_SENT,
	FATE_FAILED,  /* for good */
	FATE_RETRY,   /* by the schedule */
	FATE_RETURNED /* owed as if it had not been taken */
};

struct verdict {
	const char *name; /* as the attempt's row has it */
	enum fate fate;
	bool hard;  /* the webhook cools down at once */
	bool waits; /* its Retry-After is honoured */
};

/* status counts with ENDING_ANSWERED alone. */
const struct verdict *verdict_of(enum ending ending, int status);

/* Seconds to wait for a Retry-After of so many: none below 0, a day at most. */
int verdict_retry_after(const struct verdict *v, long seconds);

#endif
