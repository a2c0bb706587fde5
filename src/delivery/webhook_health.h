/*
 * webhook_health.h - how webhooks fared, until it is written to the database.
 *
 * A worker counts attempts by webhook as it records them, and its upkeep writes
 * the sums every few seconds, so that a busy webhook costs a row now and then.
 * What has not been written when a worker ends is not counted. Any thread may
 * call it.
 */
#ifndef POSTERN_WEBHOOK_HEALTH_H
#define POSTERN_WEBHOOK_HEALTH_H

#include <stddef.h>
#include <stdint.h>

#include "common/id.h"
#include "delivery/attempt.h"

#define WEBHOOK_HEALTH_MAX 65536 /* webhooks; of others nothing is counted */

struct webhook_health {
	unsigned char webhook[ID_BYTES], account[ID_BYTES];
	int32_t attempts, taken; /* taken: answered by a 2xx in time */
	int32_t status;          /* of the last answer; 0: there was none */
	long long answered_ms;   /* when that was, of clock_now_ms */
};

/* Count an attempt that is recorded, if it was sent at all. */
void webhook_health_add(const struct attempt *a);

/* Take out those that have waited for longest: how many, at most max. */
size_t webhook_health_take(struct webhook_health *taken, size_t max);

/* Put back what could not be written. */
void webhook_health_put_back(const struct webhook_health *taken, size_t count);

/* Forget all of it. */
void webhook_health_clear(void);

#endif
