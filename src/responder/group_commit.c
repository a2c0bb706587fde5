/* group_commit.c - one transaction for all that wait. */
#include "responder/group_commit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/log.h"
#include "responder/commit_conn.h"
#include "responder/commit_queue.h"
#include "responder/tally.h"

#define SENDS_MAX 3 /* of one request, when connections break */
#define BACKOFF_FIRST_MS 50
#define BACKOFF_MAX_MS 1000
#define STUCK_MS 30000 /* more than any call and any dial takes */

struct group_commit {
	const struct commit_kind *kind;
	struct commit_queue *queue;
	struct commit_conn *conn; /* the committer's, as all below */
	pthread_t committer;
	unsigned backoff_ms;
	bool connects_ahead;
	atomic_llong busy_ms; /* it has last begun something; 0: it waits */
};

static void
refuse(struct group_commit *g, struct pending *p)
{
	pending_reply(p, OUTCOME_SERVICE_UNAVAILABLE, false);
	commit_queue_reply(g->queue, &p, 1);
}

/* Queue again what was not committed, and refuse what had too many sends. */
static void
retry_batch(struct group_commit *g, struct pending **batch, size_t count)
{
	while (count-- > 0)
		if (batch[count]->sends >= SENDS_MAX)
			refuse(g, batch[count]);
		else
			commit_queue_put_back(g->queue, &batch[count], 1);
}

/* The same for what a lost connection had, and perhaps has committed. */
static void
retry_lost(struct group_commit *g, struct pending **batch, size_t count)
{
	while (count-- > 0)
		if (batch[count]->once)
			refuse(g, batch[count]);
		else
			retry_batch(g, &batch[count], 1);
}

/* Put off what is busy; the others have their reply. */
static void
reply_or_retry(struct group_commit *g, struct pending **batch, size_t count)
{
	size_t done = 0, busy = 0;
	struct pending *again[COMMIT_BATCH_MAX];

	for (size_t i = 0; i < count; i++) {
		if (batch[i]->busy) {
			batch[i]->sends = 0;
			again[busy++] = batch[i];
			continue;
		}
		batch[done++] = batch[i];
	}
	commit_queue_reply(g->queue, batch, done);
	commit_queue_put_off(g->queue, again, busy);
}

static enum commit_result
send_batch(struct group_commit *g, struct pending **batch, size_t count)
{
	enum commit_result result;

	atomic_store(&g->busy_ms, clock_now_ms());
	for (size_t i = 0; i < count; i++)
		batch[i]->sends++;
	result = commit_conn_write(g->conn, batch, count);
	tally_batch(g->kind->tally, count, result);
	return result;
}

/* One by one, after a batch failed: no request harms another. */
static void
commit_singly(struct group_commit *g, struct pending **batch, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (commit_queue_drop_abandoned(g->queue, batch[i]))
			continue;
		if (send_batch(g, &batch[i], 1) == COMMIT_LOST) {
			retry_lost(g, &batch[i], 1);
			retry_batch(g, batch + i + 1, count - i - 1);
			return;
		}
		reply_or_retry(g, &batch[i], 1);
	}
}

static void
commit_batch(struct group_commit *g, struct pending **batch, size_t count)
{
	enum commit_result result = send_batch(g, batch, count);

	if (result == COMMIT_LOST)
		retry_lost(g, batch, count);
	else if (result == COMMIT_FAILED && count > 1)
		commit_singly(g, batch, count);
	else
		reply_or_retry(g, batch, count);
}

/* No database: try again soon; nobody waits for it while the server stops. */
static void
await_database(struct group_commit *g, struct pending **batch, size_t count)
{
	if (commit_queue_is_stopping(g->queue)) {
		for (size_t i = 0; i < count; i++)
			refuse(g, batch[i]);
		return;
	}
	retry_batch(g, batch, count);
	commit_queue_pause(g->queue, g->backoff_ms);
	g->backoff_ms *= 2;
	if (g->backoff_ms > BACKOFF_MAX_MS)
		g->backoff_ms = BACKOFF_MAX_MS;
}

static size_t
take_batch(struct group_commit *g, struct pending **batch)
{
	size_t count;

	atomic_store(&g->busy_ms, 0);
	count = commit_queue_take(g->queue, batch);
	atomic_store(&g->busy_ms, clock_now_ms());
	return count;
}

static void *
commit_until_stopped(void *arg)
{
	struct group_commit *g = arg;
	struct pending *batch[COMMIT_BATCH_MAX];
	size_t count;

	if (g->connects_ahead && commit_conn_connect(g->conn))
		log_line(LOG_NOTICE, "connected to the database");
	while ((count = take_batch(g, batch)) > 0) {
		if (!commit_conn_connect(g->conn)) {
			await_database(g, batch, count);
			continue;
		}
		g->backoff_ms = BACKOFF_FIRST_MS;
		commit_batch(g, batch, count);
	}
	return NULL;
}

static void
free_group_commit(struct group_commit *g)
{
	commit_queue_close(g->queue);
	commit_conn_close(g->conn);
	free(g);
}

struct group_commit *
group_commit_open(const struct commit_kind *kind, const char *conninfo,
    size_t waiting_max)
{
	struct group_commit *g = calloc(1, sizeof *g);

	if (g == NULL)
		return NULL;
	g->kind = kind;
	g->backoff_ms = BACKOFF_FIRST_MS;
	g->queue = commit_queue_open(kind, waiting_max);
	g->conn = commit_conn_open(kind, conninfo, waiting_max == 1);
	g->connects_ahead = kind->connects_ahead && waiting_max > 1;
	if (g->queue != NULL && g->conn != NULL &&
	    pthread_create(&g->committer, NULL, commit_until_stopped, g) == 0)
		return g;
	log_line(LOG_ERR, "cannot start the committer: no memory or no thread");
	free_group_commit(g);
	return NULL;
}

bool
group_commit_is_alive(struct group_commit *g)
{
	long long busy_ms = atomic_load(&g->busy_ms);

	return busy_ms == 0 || clock_now_ms() - busy_ms < STUCK_MS;
}

void
group_commit_close(struct group_commit *g)
{
	if (g == NULL)
		return;
	commit_queue_stop(g->queue);
	pthread_join(g->committer, NULL);
	free_group_commit(g);
}

struct pending *
group_commit_borrow(struct group_commit *g)
{
	return commit_queue_borrow(g->queue);
}

bool
group_commit_await(struct group_commit *g, struct pending *p)
{
	struct timespec deadline = clock_deadline(GROUP_COMMIT_DEADLINE_MS);
	long long began_us = clock_now_us();
	bool done;

	if (!commit_queue_join(g->queue, p)) {
		commit_queue_release(g->queue, p);
		return false;
	}
	done = pending_await(p, &deadline);
	if (!done && !commit_queue_abandon(g->queue, p))
		done = pending_await(p, NULL);
	tally_waited(g->kind->tally, clock_now_us() - began_us);
	return done;
}

void
group_commit_release(struct group_commit *g, struct pending *p)
{
	commit_queue_release(g->queue, p);
}

bool
group_commit_is_contended(struct group_commit *g,
    const unsigned char id[ID_BYTES])
{
	return commit_queue_is_contended(g->queue, id);
}

void
group_commit_response_sent(struct group_commit *g,
    const unsigned char id[ID_BYTES])
{
	commit_queue_response_sent(g->queue, id);
}
