/* group_commit.c - group commit of registrations by one committer thread. */
#include "responder/group_commit.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/log.h"
#include "responder/register_queue.h"
#include "responder/tally.h"

#define SENDS_MAX 3 /* of one request, when connections break */
#define BACKOFF_FIRST_MS 50
#define BACKOFF_MAX_MS 1000
#define STUCK_MS 30000 /* more than any call and any dial takes */

struct group_commit {
	struct register_queue *queue;
	struct register_db *database; /* the committer's, as all below */
	pthread_t committer;
	unsigned backoff_ms;
	bool connects_ahead;
	atomic_llong busy_ms; /* it has last begun something; 0: it waits */
};

static const struct register_db_reply unavailable = {
	.outcome = OUTCOME_SERVICE_UNAVAILABLE,
	.retry_after = 1,
};

static void
refuse_request(struct group_commit *g, struct pending *p)
{
	register_queue_reply(g->queue, &p, 1, &unavailable);
}

/* Queue again what a lost connection had, and refuse what had too many. */
static void
retry_batch(struct group_commit *g, struct pending **batch, size_t count)
{
	while (count-- > 0)
		if (batch[count]->sends >= SENDS_MAX)
			refuse_request(g, batch[count]);
		else
			register_queue_put_back(g->queue, &batch[count], 1);
}

/* Put off what is busy; the others have their reply. */
static void
reply_or_retry(struct group_commit *g, struct pending **batch, size_t count,
    struct register_db_reply *replies)
{
	size_t done = 0, busy = 0;
	struct pending *again[REGISTER_DB_BATCH_MAX];

	for (size_t i = 0; i < count; i++) {
		if (replies[i].busy) {
			batch[i]->sends = 0;
			again[busy++] = batch[i];
			continue;
		}
		batch[done] = batch[i];
		replies[done++] = replies[i];
	}
	register_queue_reply(g->queue, batch, done, replies);
	register_queue_put_off(g->queue, again, busy);
}

static enum register_db_result
send_batch(struct group_commit *g, struct pending **batch, size_t count,
    struct register_db_reply *replies)
{
	const struct register_db_request *requests[REGISTER_DB_BATCH_MAX] = {
		0
	};

	enum register_db_result result;

	atomic_store(&g->busy_ms, clock_now_ms());
	for (size_t i = 0; i < count; i++) {
		requests[i] = &batch[i]->request;
		batch[i]->sends++;
	}
	result = register_db_register(g->database, requests, count, replies);
	tally_batch(count, result);
	return result;
}

/* One by one, after a batch failed: no request harms another. */
static void
commit_singly(struct group_commit *g, struct pending **batch, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct register_db_reply reply;

		if (register_queue_drop_abandoned(g->queue, batch[i]))
			continue;
		if (send_batch(g, &batch[i], 1, &reply) == REGISTER_DB_LOST) {
			retry_batch(g, batch + i, count - i);
			return;
		}
		reply_or_retry(g, &batch[i], 1, &reply);
	}
}

static void
commit_batch(struct group_commit *g, struct pending **batch, size_t count)
{
	struct register_db_reply replies[REGISTER_DB_BATCH_MAX];
	enum register_db_result result = send_batch(g, batch, count, replies);

	if (result == REGISTER_DB_LOST)
		retry_batch(g, batch, count);
	else if (result == REGISTER_DB_FAILED && count > 1)
		commit_singly(g, batch, count);
	else
		reply_or_retry(g, batch, count, replies);
}

/* No database: try again soon; nobody waits for it while the server stops. */
static void
await_database(struct group_commit *g, struct pending **batch, size_t count)
{
	if (register_queue_is_stopping(g->queue)) {
		for (size_t i = 0; i < count; i++)
			refuse_request(g, batch[i]);
		return;
	}
	retry_batch(g, batch, count);
	register_queue_pause(g->queue, g->backoff_ms);
	g->backoff_ms *= 2;
	if (g->backoff_ms > BACKOFF_MAX_MS)
		g->backoff_ms = BACKOFF_MAX_MS;
}

static size_t
take_batch(struct group_commit *g, struct pending **batch)
{
	size_t count;

	atomic_store(&g->busy_ms, 0);
	count = register_queue_take(g->queue, batch);
	atomic_store(&g->busy_ms, clock_now_ms());
	return count;
}

static void *
commit_until_stopped(void *arg)
{
	struct group_commit *g = arg;
	struct pending *batch[REGISTER_DB_BATCH_MAX];
	size_t count;

	if (g->connects_ahead && register_db_connect(g->database))
		log_line(LOG_NOTICE, "connected to the database");
	while ((count = take_batch(g, batch)) > 0) {
		if (!register_db_connect(g->database)) {
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
	register_queue_close(g->queue);
	register_db_close(g->database);
	free(g);
}

struct group_commit *
group_commit_open(const char *conninfo, size_t waiting_max)
{
	struct group_commit *g = calloc(1, sizeof *g);

	if (g == NULL)
		return NULL;
	g->backoff_ms = BACKOFF_FIRST_MS;
	g->queue = register_queue_open(waiting_max);
	g->database = register_db_open(conninfo, waiting_max == 1);
	g->connects_ahead = waiting_max > 1;
	if (g->queue != NULL && g->database != NULL &&
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
	register_queue_stop(g->queue);
	pthread_join(g->committer, NULL);
	free_group_commit(g);
}

void
group_commit_register(struct group_commit *g,
    const struct register_db_request *request, struct register_db_reply *reply)
{
	struct timespec deadline = clock_deadline(GROUP_COMMIT_DEADLINE_MS);
	long long began_us = clock_now_us();
	struct pending *p = register_queue_add(g->queue, request);

	*reply = unavailable;
	if (p == NULL)
		return;
	if (!pending_await(p, &deadline)) {
		if (register_queue_abandon(g->queue, p)) {
			tally_waited(clock_now_us() - began_us);
			return;
		}
		pending_await(p, NULL);
	}
	tally_waited(clock_now_us() - began_us);
	*reply = p->reply;
	/* else group_commit_response_sent releases it */
	if (reply->outcome != OUTCOME_REGISTERED)
		register_queue_release(g->queue, p);
}

bool
group_commit_is_contended(struct group_commit *g,
    const unsigned char id[ID_BYTES])
{
	return register_queue_is_contended(g->queue, id);
}

void
group_commit_response_sent(struct group_commit *g,
    const unsigned char id[ID_BYTES])
{
	register_queue_response_sent(g->queue, id);
}
