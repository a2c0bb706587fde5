/*
 * worker.h - the worker's loop: from the queue to the sender and back.
 *
 * It claims ahead (prefetch.h), so that the sender never waits, and records
 * all that has ended by now in one call, so that the database does not wait
 * either. With nothing to do it goes idle until a publisher notifies it.
 */
#ifndef POSTERN_WORKER_H
#define POSTERN_WORKER_H

#include "delivery/secret_cache.h"
#include "delivery/queue_db.h"
#include "delivery/sender.h"
#include "delivery/platform_signer.h"
#include "delivery/upkeep.h"

struct worker_parts {
	struct queue_db *queue;
	struct sender *sender;
	struct upkeep *upkeep;
	struct secret_cache *keys;
	struct platform_signer *signers;
	unsigned in_flight;
	int signals; /* of signals_open */
};

/* Run until a signal says to stop; then finish what is in flight. */
void worker_run(const struct worker_parts *parts);

#endif
