/*
 * health.c - is the database there, and a worker? Asked at most once a second.
 */
#include "responder/health.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/log.h"
#include "responder/db_pool.h"

#define STACK_BYTES (512 * 1024)
#define NEVER_MS (-HEALTH_WORKER_MS - 1)

struct health_watch {
	struct db_pool *database; /* the thread's, as seen_ms */
	long long seen_ms;        /* a worker was there */
	pthread_mutex_t lock;     /* guards all below */
	pthread_cond_t wake;      /* the thread has reason to look */
	pthread_cond_t answered;
	pthread_t thread;
	bool started, stopping;
	bool asking; /* the thread is to ask, or does */
	enum health health;
	long long answered_ms; /* so it was then */
};

static const char probe_sql[] = "SELECT postern.probe()";

static const struct account nobody = { .share = 1 };

struct health_watch *
health_open(const char *conninfo)
{
	const struct db_pool_plan plan = { .purpose = "/readyz",
		.connections = 1,
		.waiting_max = 1,
		.wait_ms = HEALTH_MS,
		.call_ms = HEALTH_MS };
	struct health_watch *h = calloc(1, sizeof *h);

	if (h == NULL)
		return NULL;
	h->seen_ms = h->answered_ms = NEVER_MS;
	pthread_mutex_init(&h->lock, NULL);
	clock_cond_init(&h->wake);
	clock_cond_init(&h->answered);
	h->database = db_pool_open(conninfo, &plan);
	if (h->database != NULL)
		return h;
	health_close(h);
	return NULL;
}

void
health_close(struct health_watch *h)
{
	if (h == NULL)
		return;
	pthread_mutex_lock(&h->lock);
	h->stopping = true;
	pthread_cond_signal(&h->wake);
	pthread_mutex_unlock(&h->lock);
	if (h->started)
		pthread_join(h->thread, NULL);
	db_pool_close(h->database);
	pthread_cond_destroy(&h->answered);
	pthread_cond_destroy(&h->wake);
	pthread_mutex_destroy(&h->lock);
	free(h);
}

static enum health
ask_database(struct health_watch *h)
{
	const struct db_pool_call call = { .sql = probe_sql,
		.columns = 1,
		.account = &nobody };
	struct pg_result *row;
	bool here;

	if (db_pool_ask(h->database, &call, &row) != OUTCOME_NONE)
		return HEALTH_NO_DATABASE;
	here = strcmp(db_pool_field(row, 0), "t") == 0;
	db_pool_clear(row);
	if (here)
		h->seen_ms = clock_now_ms();
	return clock_now_ms() - h->seen_ms <= HEALTH_WORKER_MS
	    ? HEALTH_READY
	    : HEALTH_NO_WORKER;
}

static void *
ask_when_wanted(void *arg)
{
	struct health_watch *h = arg;
	enum health health;

	pthread_mutex_lock(&h->lock);
	while (!h->stopping) {
		if (!h->asking) {
			pthread_cond_wait(&h->wake, &h->lock);
			continue;
		}
		pthread_mutex_unlock(&h->lock);
		health = ask_database(h);
		pthread_mutex_lock(&h->lock);
		h->health = health;
		h->answered_ms = clock_now_ms();
		h->asking = false;
		pthread_cond_broadcast(&h->answered);
	}
	pthread_mutex_unlock(&h->lock);
	return NULL;
}

/* Called with the lock held. */
static void
have_asked(struct health_watch *h)
{
	pthread_attr_t attr;

	if (!h->started) {
		pthread_attr_init(&attr);
		pthread_attr_setstacksize(&attr, STACK_BYTES);
		h->started =
		    pthread_create(&h->thread, &attr, ask_when_wanted, h) == 0;
		pthread_attr_destroy(&attr);
	}
	h->asking = h->started;
	pthread_cond_signal(&h->wake);
}

/* Called with the lock held. */
static bool
is_fresh(const struct health_watch *h)
{
	return clock_now_ms() - h->answered_ms < HEALTH_MS;
}

enum health
health_ask(struct health_watch *h)
{
	struct timespec until = clock_deadline(HEALTH_MS);
	enum health health = HEALTH_NO_DATABASE;

	pthread_mutex_lock(&h->lock);
	if (!is_fresh(h) && !h->asking)
		have_asked(h);
	while (!is_fresh(h) &&
	    pthread_cond_timedwait(&h->answered, &h->lock, &until) == 0)
		continue;
	if (is_fresh(h))
		health = h->health;
	pthread_mutex_unlock(&h->lock);
	return health;
}
