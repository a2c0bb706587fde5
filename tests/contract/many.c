/* many.c - a thread and a connection for each request in flight. */
#include "many.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <curl/curl.h>

struct runner {
	pthread_t thread;
	pthread_barrier_t *start;
	struct job *job;
};

static void *
run_job(void *arg)
{
	struct runner *r = arg;

	pthread_barrier_wait(r->start);
	r->job->answer = http_send(&r->job->request);
	return NULL;
}

void
many_send(struct job *jobs, size_t n)
{
	struct runner *runners = calloc(n, sizeof *runners);
	pthread_barrier_t start;

	if (runners == NULL)
		abort();
	curl_global_init(CURL_GLOBAL_ALL);
	pthread_barrier_init(&start, NULL, (unsigned)n);
	for (size_t i = 0; i < n; i++) {
		runners[i].start = &start;
		runners[i].job = &jobs[i];
		if (pthread_create(&runners[i].thread, NULL, run_job,
			&runners[i]) != 0)
			abort();
	}
	for (size_t i = 0; i < n; i++)
		pthread_join(runners[i].thread, NULL);
	pthread_barrier_destroy(&start);
	free(runners);
}

struct call {
	pthread_t thread;
	struct job job;
	atomic_bool done;
};

static void *
run_call(void *arg)
{
	struct call *c = arg;

	c->job.answer = http_send(&c->job.request);
	atomic_store(&c->done, true);
	return NULL;
}

struct call *
call_start(const struct request *r)
{
	struct call *c = calloc(1, sizeof *c);

	if (c == NULL)
		abort();
	curl_global_init(CURL_GLOBAL_ALL);
	c->job.request = *r;
	if (pthread_create(&c->thread, NULL, run_call, c) != 0)
		abort();
	return c;
}

bool
call_done(struct call *c)
{
	return atomic_load(&c->done);
}

struct answer
call_wait(struct call *c)
{
	struct answer a;

	pthread_join(c->thread, NULL);
	a = c->job.answer;
	free(c);
	return a;
}
