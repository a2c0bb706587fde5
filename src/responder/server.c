/* server.c - the threads that serve requests, and how they stop. */
#include "responder/server.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/log.h"
#include "common/stop_signals.h"
#include "responder/response.h"
#include "responder/request.h"
#include "responder/routes.h"
#include "responder/transport.h"

#define STACK_BYTES (512 * 1024)
#define EPOCH_SECONDS 60 /* a sealing epoch lasts no longer */

struct worker {
	pthread_t thread;
	struct server *service;
	struct transport *transport;
};

/* That it is closed as it was told to be is no error. */
static int
level(enum outcome outcome)
{
	return response_status(outcome) >= 500 &&
		outcome != OUTCOME_OUTSIDE_WORKING_HOURS ?
	    LOG_ERR :
	    LOG_INFO;
}

static void
log_refusal(const struct request *r, const struct answer *a)
{
	if (response_status(a->outcome) >= 400)
		log_line(level(a->outcome), "id=%s status=%d code=%s", r->id,
		    response_status(a->outcome), response_code(a->outcome));
}

static void
send_answer(struct request *r, struct answer *a)
{
	char text[RESPONSE_MAX];
	size_t length = response_write(a, r->id, text);
	const char *body = response_body(a);

	if (body == NULL) {
		transport_reply(r->transport, text, length);
	} else {
		transport_write(r->transport, text, length);
		transport_write(r->transport, body, strlen(body));
		transport_reply(r->transport, "\n", 1);
	}
	explicit_bzero(text, length);
	explicit_bzero(a->secret, sizeof a->secret);
}

/* Of two with one URL, the later is stored only when the earlier is out. */
static void
let_others(struct group_commit *store, struct transport *t,
    const unsigned char id[ID_BYTES])
{
	if (group_commit_contended(store, id))
		transport_linger(t);
	group_commit_answered(store, id);
}

static void
serve_one(struct server *service, struct transport *t)
{
	struct answer answer = { 0 };
	struct request request;

	request_open(&request, t);
	answer.outcome = router_find(routes, request.method, request.path,
	    &request.route, request.ids);
	if (answer.outcome == OUTCOME_NONE)
		request.route->handle(service, &request, &answer);
	else if (request.route != NULL)
		router_allow(routes, request.route->path, answer.allow);
	log_refusal(&request, &answer);
	send_answer(&request, &answer);
	if (answer.outcome == OUTCOME_REGISTERED)
		let_others(service->store, t, answer.registration_id);
	transport_finish(t);
	db_pool_clear(answer.row);
	request_clear(&request);
}

static void *
work(void *arg)
{
	struct worker *w = arg;

	while (transport_accept(w->transport))
		serve_one(w->service, w->transport);
	return NULL;
}

static bool
start(struct worker *w, struct server *service, int stop_fd)
{
	pthread_attr_t attr;
	int error;

	w->service = service;
	w->transport = transport_open(stop_fd);
	if (w->transport == NULL)
		return false;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	error = pthread_create(&w->thread, &attr, work, w);
	pthread_attr_destroy(&attr);
	if (error == 0)
		return true;
	log_line(LOG_ERR, "no more threads: %s", strerror(error));
	transport_close(w->transport);
	return false;
}

static void
stop_all(struct worker *workers, unsigned count, int stop_fd)
{
	eventfd_write(stop_fd, 1);
	for (unsigned i = 0; i < count; i++) {
		pthread_join(workers[i].thread, NULL);
		transport_close(workers[i].transport);
	}
}

bool
server_run(struct server *service, unsigned threads)
{
	struct worker *workers = calloc(threads, sizeof *workers);
	int stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	unsigned started = 0;
	bool ok = false;

	if (workers == NULL || stop_fd == -1) {
		log_line(LOG_ERR, "cannot start: %s", strerror(errno));
		goto out;
	}
	while (started < threads && start(&workers[started], service, stop_fd))
		started++;
	ok = started == threads;
	while (ok && !stop_signals_await(EPOCH_SECONDS))
		sealer_forget(service->sealer);
	stop_all(workers, started, stop_fd);
out:
	if (stop_fd != -1)
		close(stop_fd);
	free(workers);
	return ok;
}

bool
server_once(struct server *service)
{
	struct transport *t = transport_open(-1);

	if (t == NULL)
		return false;
	while (transport_accept(t))
		serve_one(service, t);
	transport_close(t);
	return true;
}
