/*
 * worker.h - the worker's loop: between the queue and the sender.
 *
 * It claims ahead, so that the sender never waits, and records what has
 * ended at that moment in one call, so that the database does not either.
 * With nothing to do it sleeps until a publisher notifies it.
 */
#ifndef POSTERN_WORKER_H
#define POSTERN_WORKER_H

#include "delivery/secret_cache.h"
#include "delivery/queue_db.h"
#include "delivery/sender.h"
#include "delivery/platform_signer.h"

/*
 * A body is never longer: the data that postern.publish takes, and what is
 * around it. Bodies in hand have together at most this for each request that
 * may be in flight: 66 MiB when these are 256, the default.
 */
#define WORKER_BODY_MAX (264 * 1024)

#define WORKER_DRAIN_MS 15000 /* what is in flight may take so long */

struct worker_parts {
	struct queue_db *queue;
	struct sender *sender;
	struct secret_cache *keys;
	struct platform_signer *signers;
	unsigned in_flight;
	int signals; /* a signalfd: SIGHUP reads the keys again */
};

/* Run until another signal comes; then finish what is in flight. */
void worker_run(const struct worker_parts *parts);

#endif
