/* server.c - the worker threads: each accepts and serves requests. */
#include "responder/server.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/notify.h"
#include "common/outage.h"
#include "common/option_table.h"
#include "common/pg_dial.h"
#include "common/signals.h"
#include "responder/response.h"
#include "responder/register_db.h"
#include "responder/request.h"
#include "responder/routes.h"
#include "responder/tally.h"
#include "responder/transport.h"

#define STACK_BYTES (512 * 1024)
#define EPOCH_MS 60000 /* a sealing epoch lasts no longer */

struct worker {
	pthread_t thread;
	struct server *server;
	struct transport *transport;
};

/*
 * A bug is an error. That the database is away it is once, not with each
 * request; closed working hours are as configured, and no error at all.
 */
static int
log_level(enum outcome outcome)
{
	if (response_status(outcome) < 400)
		return LOG_DEBUG;
	if (outcome == OUTCOME_SERVICE_UNAVAILABLE)
		return LOG_WARNING;
	return response_status(outcome) == 500 ? LOG_ERR : LOG_INFO;
}

/* The account, or "" if it is not known. */
static void
write_account(const struct account *account, char text[ID_UUID_LENGTH + 1])
{
	static const unsigned char unknown[ID_BYTES];

	*text = '\0';
	if (memcmp(account->id, unknown, sizeof unknown) != 0)
		id_uuid(account->id, text);
}

/* An id of the path, "" if it has none; what is longer is no id of ours. */
static void
write_path_id(struct text id, char text[ID_UUID_LENGTH + 1])
{
	*text = '\0';
	if (id.start != NULL && id.length <= ID_UUID_LENGTH)
		snprintf(text, ID_UUID_LENGTH + 1, "%.*s", (int)id.length,
		    id.start);
}

static void
log_request(const struct request *request, const struct response *response)
{
	int level = log_level(response->outcome);
	int status = response_status(response->outcome);
	const struct route *route = request->route;
	char account[ID_UUID_LENGTH + 1], webhook[ID_UUID_LENGTH + 1];
	char delivery[ID_UUID_LENGTH + 1];
	struct traceparent trace;
	const struct log_field fields[] = {
		{ "request", request->id, 0 },
		{ "status", NULL, status },
		{ "code", response_code(response->outcome), 0 },
		{ "route", route == NULL ? "" : route->path, 0 },
		{ "account", account, 0 },
		{ "webhook", webhook, 0 },
		{ "delivery", delivery, 0 },
		{ "trace", trace.trace, 0 },
		{ "span", trace.span, 0 },
		{ NULL, NULL, 0 },
	};

	if (!log_wants(level))
		return;
	write_account(&request->visit.account, account);
	write_path_id(request->ids[0], webhook);
	write_path_id(request->ids[1], delivery);
	(void)request_trace(request, &trace);
	if (response->outcome == OUTCOME_REGISTERED)
		snprintf(webhook, sizeof webhook, "%s", response->webhook);
	log_about(level, fields,
	    status < 400 ? "request answered" : "request refused");
}

static void
send_response(struct request *request, struct response *response)
{
	char text[RESPONSE_MAX];
	size_t length = response_write(response, request->id, text);
	const char *body = response->head_only ? NULL : response_body(response);

	if (body == NULL) {
		transport_send(request->transport, text, length);
	} else {
		transport_write(request->transport, text, length);
		transport_write(request->transport, body, strlen(body));
		transport_send(request->transport, "\n", 1);
	}
	explicit_bzero(text, length);
	explicit_bzero(response->secret, sizeof response->secret);
}

/*
 * Of two registrations of one URL the later is stored only when the response
 * to the earlier has left, so that the secret that comes last is the valid one.
 */
static void
release_webhook(struct group_commit *group_commit, struct transport *t,
    const unsigned char id[ID_BYTES])
{
	if (group_commit_is_contended(group_commit, id))
		transport_linger(t);
	group_commit_response_sent(group_commit, id);
}

enum outcome
server_admit(struct server *server, struct request *request,
    const unsigned char *hash, struct response *response)
{
	enum outcome o = hash == NULL
	    ? admission_enter_unknown(server->admission, &request->visit)
	    : admission_enter(server->admission, &request->visit, hash,
		  request_header(request, "REMOTE_ADDR"));

	response->retry_after = request->visit.retry_after;
	return o;
}

static void
serve_request(struct server *server, struct transport *t)
{
	struct response response = { 0 };
	struct request request;
	long long began_us = clock_now_us();

	tally_request_began();
	request_open(&request, t);
	response.head_only = strcmp(request.method, "HEAD") == 0;
	response.outcome = router_find(routes, request.method, request.path,
	    &request.route, request.ids);
	if (response.outcome == OUTCOME_NONE)
		request.route->handle(server, &request, &response);
	else if (request.route != NULL)
		router_allow(routes, request.route->path, response.allow);
	log_request(&request, &response);
	send_response(&request, &response);
	tally_request_ended(request.route, response.outcome,
	    clock_now_us() - began_us);
	if (response.outcome == OUTCOME_REGISTERED)
		release_webhook(server->group_commit, t,
		    response.registration_id);
	transport_finish(t);
	admission_leave(server->admission, &request.visit);
	db_pool_clear(response.row);
	free(response.owned);
	request_clear(&request);
}

static void *
serve_requests(void *arg)
{
	struct worker *w = arg;

	while (transport_accept(w->transport))
		serve_request(w->server, w->transport);
	return NULL;
}

static bool
start_worker(struct worker *w, struct server *server, int stop_fd)
{
	pthread_attr_t attr;
	int error;

	w->server = server;
	w->transport = transport_open(stop_fd);
	if (w->transport == NULL)
		return false;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	error = pthread_create(&w->thread, &attr, serve_requests, w);
	pthread_attr_destroy(&attr);
	if (error == 0)
		return true;
	log_line(LOG_ERR, "cannot start a thread: %s", strerror(error));
	transport_close(w->transport);
	return false;
}

static void
stop_workers(struct worker *workers, unsigned count, int stop_fd)
{
	eventfd_write(stop_fd, 1);
	for (unsigned i = 0; i < count; i++) {
		pthread_join(workers[i].thread, NULL);
		transport_close(workers[i].transport);
	}
}

static bool
is_usable_key(void *arg, const unsigned char *key_id, char *why,
    size_t why_size)
{
	struct server *server = arg;

	return register_db_check(server->conninfo, key_id, why, why_size);
}

/*
 * Meanwhile requests are answered. False, and said: what they need will not be
 * there before somebody changes something. *there: it is now.
 */
static bool
may_serve(struct server *server, bool *there)
{
	const unsigned char *key_id = sealer_key_id(server->sealer);
	char why[OPTION_WHY_MAX], said[2 * OPTION_WHY_MAX];
	const char *advice;

	*there = is_usable_key(server, key_id, why, sizeof why);
	advice = *there ? NULL : pg_dial_advice(server->conninfo);
	if (advice == NULL)
		return true;
	/* it may just have come back */
	*there = is_usable_key(server, key_id, why, sizeof why);
	if (*there)
		return true;
	snprintf(said, sizeof said, "%s%s", why, advice);
	log_complaint("postern-responder", said);
	notify_status(false, "%s", said);
	return false;
}

static void
reload_files(struct server *server)
{
	char why[OPTION_WHY_MAX];

	notify_reloading();
	log_reload();
	if (sealer_reload(server->sealer, is_usable_key, server, why,
		sizeof why)) {
		log_line(LOG_NOTICE, "sealing key reloaded");
		notify_status(true, "sealing key reloaded");
		return;
	}
	log_line(LOG_ERR,
	    "sealing key not reloaded, the old one stays in use: "
	    "%s",
	    why);
	notify_status(true, "sealing key not reloaded: %s", why);
}

/* Until somebody wishes so. What is stuck lets systemd's watchdog bark. */
static void
run_until_stopped(struct server *server)
{
	unsigned watchdog_ms = notify_watchdog_ms();
	unsigned pause_ms =
	    watchdog_ms > 0 && watchdog_ms < EPOCH_MS ? watchdog_ms : EPOCH_MS;
	long long forget_ms = clock_now_ms() + EPOCH_MS;
	enum signal_wish wish;

	while ((wish = signals_await(pause_ms)) != SIGNAL_STOP) {
		if (wish == SIGNAL_RELOAD)
			reload_files(server);
		if (clock_now_ms() >= forget_ms) {
			sealer_forget(server->sealer);
			forget_ms = clock_now_ms() + EPOCH_MS;
		}
		if (group_commit_is_alive(server->group_commit) &&
		    group_commit_is_alive(server->messages))
			notify_alive();
	}
	notify_stopping();
}

bool
server_run(struct server *server, unsigned threads)
{
	struct worker *workers = calloc(threads, sizeof *workers);
	int stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	unsigned started = 0;
	bool ok = false, there = false;

	if (workers == NULL || stop_fd == -1) {
		log_line(LOG_ERR, "cannot start: %s", strerror(errno));
		goto out;
	}
	while (started < threads &&
	    start_worker(&workers[started], server, stop_fd))
		started++;
	ok = started == threads && may_serve(server, &there);
	if (ok) {
		outage_hold(false);
		notify_status(true, "serving, with %u threads%s", threads,
		    there ? "" : "; the database is away");
		run_until_stopped(server);
	}
	stop_workers(workers, started, stop_fd);
out:
	if (stop_fd != -1)
		close(stop_fd);
	free(workers);
	return ok;
}

bool
server_once(struct server *server)
{
	struct transport *t = transport_open(-1);

	if (t == NULL)
		return false;
	while (transport_accept(t))
		serve_request(server, t);
	transport_close(t);
	return true;
}
