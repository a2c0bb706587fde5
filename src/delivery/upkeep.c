/* upkeep.c - what a worker does now and then for the database. */
#include "delivery/upkeep.h"

#include "common/clock.h"

#define RECLAIM_MS 500
#define MAINTAIN_MS 600000 /* a sixth of what its clock may be off */
#define TIDY_MS 3600000
#define WORK_MS 1000   /* when there was none */
#define RETRY_MS 60000 /* when it failed, or not all was done */
#define STEP_PAUSE 4   /* so many times as long as a step took */

static bool
is_connected(const struct queue_db *queue)
{
	return queue_db_socket(queue) != -1;
}

static long long
maintain_partitions(struct queue_db *queue)
{
	bool all;

	return queue_db_maintain(queue, &all) == QUEUE_DONE && all ? MAINTAIN_MS
								   : RETRY_MS;
}

/* Do a step; when is the next? Most of the time is left free. */
static long long
make_step(struct queue_db *queue,
    enum queue_result (*step)(struct queue_db *queue, bool *more),
    long long idle_ms, bool *more)
{
	long long began = clock_now_ms(), now;
	enum queue_result result = step(queue, more);

	now = clock_now_ms();
	if (result != QUEUE_DONE)
		return now + RETRY_MS;
	return now + (*more ? STEP_PAUSE * (now - began + 1) : idle_ms);
}

long long
upkeep_step_ms(const struct upkeep *u)
{
	return u->tidy_ms < u->work_ms ? u->tidy_ms : u->work_ms;
}

bool
upkeep_run(struct upkeep *u, struct queue_db *queue, long long now_ms)
{
	bool reclaimed = false, more = false, worked = false;

	if (now_ms >= u->reclaim_ms) {
		queue_db_reclaim(queue, &reclaimed);
		u->reclaim_ms = now_ms + RECLAIM_MS;
	}
	if (now_ms >= u->maintain_ms && is_connected(queue))
		u->maintain_ms = now_ms + maintain_partitions(queue);
	else if (now_ms >= u->tidy_ms && is_connected(queue))
		u->tidy_ms = make_step(queue, queue_db_tidy, TIDY_MS, &more);
	else if (now_ms >= u->work_ms && is_connected(queue))
		u->work_ms = make_step(queue, queue_db_work, WORK_MS, &worked);
	return reclaimed || worked;
}
