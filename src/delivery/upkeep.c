/* upkeep.c - what a worker does now and then for the database. */
#include "delivery/upkeep.h"

#include "common/clock.h"

#define RECLAIM_MS 5000
#define MAINTAIN_MS 3600000
#define RETRY_MS 60000 /* when it failed */
#define EXPIRE_PAUSE 4 /* so many times as long as a step took */

static bool
is_connected(const struct queue_db *queue)
{
	return queue_db_socket(queue) != -1;
}

static long long
maintain_partitions(struct queue_db *queue)
{
	return queue_db_maintain(queue) == QUEUE_DONE ? MAINTAIN_MS : RETRY_MS;
}

/* Many may have grown too old at once: in steps, and most of the time free. */
static long long
expire_some(struct queue_db *queue)
{
	long long began = clock_now_ms(), now;
	bool more;
	enum queue_result result = queue_db_expire(queue, &more);

	now = clock_now_ms();
	if (result != QUEUE_DONE)
		return now + RETRY_MS;
	return now + (more ? EXPIRE_PAUSE * (now - began) : MAINTAIN_MS);
}

bool
upkeep_run(struct upkeep *u, struct queue_db *queue, long long now_ms)
{
	bool reclaimed = now_ms >= u->reclaim_ms;

	if (reclaimed) {
		queue_db_reclaim_expired(queue);
		u->reclaim_ms = now_ms + RECLAIM_MS;
	}
	if (now_ms >= u->maintain_ms && is_connected(queue))
		u->maintain_ms = now_ms + maintain_partitions(queue);
	else if (now_ms >= u->expire_ms && is_connected(queue))
		u->expire_ms = expire_some(queue);
	return reclaimed;
}
