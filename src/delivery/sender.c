/* sender.c - sends the requests: one thread with an event loop. */
#include "config.h"

#include "delivery/sender.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "common/clock.h"
#include "common/log.h"
#include "delivery/mailbox.h"
#include "delivery/scheduler.h"
#include "delivery/tally.h"
#include "delivery/transfer.h"
#include "http/client.h"
#include "http/loop.h"

#define STACK_BYTES (512 * 1024)
#define WHY_MAX 512

struct sender {
	struct sender_options options;
	struct mailbox in, out;
	atomic_bool stopping, draining, reloading, asked;
	pthread_t thread;
	bool started;

	/* the rest is the thread's own */
	struct loop *loop;
	struct loop_watch in_watch;
	struct http_client *client;
	struct transfer *newest; /* of all there are */
	struct transfer *idle;
	struct scheduler *scheduler;
	long long sweep_ms; /* when to return what has stalled */
	bool more;          /* more might start at once */
};

static struct http_client_options
client_options(const struct sender_options *o)
{
	return (struct http_client_options){
		.policy = o->policy,
		.ca_file = o->ca_file,
		.in_flight_max = o->in_flight,
		.idle_max = o->idle_connections,
		.life_s = o->connection_life_s,
		.user_agent = "postern/" PACKAGE_VERSION,
	};
}

static void
release_transfer(struct sender *s, struct transfer *t)
{
	t->next = s->idle;
	s->idle = t;
}

static void
link_transfer(struct sender *s, struct transfer *t)
{
	t->older = s->newest;
	s->newest = t;
}

/* NULL when memory is short. */
static struct transfer *
acquire_transfer(struct sender *s)
{
	struct transfer *t = s->idle;

	if (t == NULL) {
		t = calloc(1, sizeof *t);
		if (t != NULL)
			link_transfer(s, t);
		return t;
	}
	s->idle = t->next;
	return t;
}

static void
finish_transfer(struct http_exchange *x)
{
	struct sender *s = x->arg;
	struct transfer *t = (struct transfer *)((char *)x -
	    offsetof(struct transfer, exchange));
	struct attempt *a = transfer_end(t);

	release_transfer(s, t);
	scheduler_done(s->scheduler, a, clock_now_ms());
}

static bool
start_attempt(struct sender *s, struct attempt *a)
{
	struct transfer *t = acquire_transfer(s);

	if (t == NULL)
		return false;
	transfer_begin(t, a, s->options.signers);
	t->exchange.ended = finish_transfer;
	t->exchange.arg = s;
	if (http_client_start(s->client, &t->exchange))
		return true;
	t->attempt = NULL;
	release_transfer(s, t);
	return false;
}

/* For a slice: what is ready by then may be more urgent. */
static void
start_ready(struct sender *s, long long now)
{
	long long until_us = clock_now_us() + LOOP_SLICE_US;
	struct attempt *a;

	s->more = false;
	while (!s->more && (a = scheduler_next(s->scheduler, now)) != NULL) {
		if (!start_attempt(s, a)) {
			attempt_end(a, ENDING_RETURNED, 0);
			scheduler_done(s->scheduler, a, now);
		}
		s->more = clock_now_us() >= until_us;
	}
}

static int
choose_timeout(const struct sender *s)
{
	long long ms;

	if (s->more)
		return 0;
	if (scheduler_paused(s->scheduler))
		return 1;
	if (scheduler_waiting(s->scheduler) == 0)
		return -1;
	ms = s->sweep_ms - clock_now_ms();
	return ms < 0 ? 0 : (int)ms;
}

static void
reload_client(struct sender *s)
{
	char why[WHY_MAX];

	if (http_client_reload(s->client, why, sizeof why))
		log_line(LOG_NOTICE, "CA certificates reloaded");
	else
		log_line(LOG_ERR,
		    "CA certificates not reloaded, the old ones stay in use: "
		    "%s",
		    why);
}

/* What the main thread put into the mailbox, or rang for. */
static void
take_added(void *arg, uint32_t events)
{
	struct sender *s = arg;
	struct attempt *a = mailbox_take(&s->in, SIZE_MAX), *next;
	long long now = clock_now_ms();

	(void)events;
	atomic_store(&s->asked, false);
	if (atomic_load(&s->draining))
		scheduler_drain(s->scheduler);
	if (atomic_exchange(&s->reloading, false))
		reload_client(s);
	for (; a != NULL; a = next) {
		next = a->next;
		a->next = NULL;
		scheduler_add(s->scheduler, a, now);
	}
}

static void
tell_figures(const struct sender *s)
{
	struct http_client_figures client = http_client_figures(s->client);
	struct scheduler_figures places = scheduler_figures(s->scheduler);

	tally_sender(&client, &places);
}

static void
run_once(struct sender *s)
{
	long long now;

	loop_turn(s->loop, choose_timeout(s));
	now = clock_now_ms();
	if (now >= s->sweep_ms) {
		scheduler_return_stalled(s->scheduler, now);
		s->sweep_ms = now + SCHEDULER_SWEEP_MS;
	}
	start_ready(s, now);
	mailbox_put(&s->out, scheduler_ended(s->scheduler));
	tell_figures(s);
}

static void *
run_thread(void *arg)
{
	struct sender *s = arg;

	while (!atomic_load(&s->stopping))
		run_once(s);
	return NULL;
}

static bool
set_up_client(struct sender *s, char *why, size_t why_size)
{
	struct http_client_options options = client_options(&s->options);

	s->loop = loop_open();
	if (s->loop == NULL)
		return false;
	s->in_watch = (struct loop_watch){ .fd = s->in.fd,
		.events = EPOLLIN,
		.ready = take_added,
		.arg = s };
	if (!loop_watch(s->loop, &s->in_watch))
		return false;
	s->scheduler = scheduler_open(s->options.in_flight,
	    s->options.in_flight_per_webhook);
	if (s->scheduler == NULL)
		return false;
	s->client = http_client_open(s->loop, &options, why, why_size);
	return s->client != NULL;
}

static bool
start_thread(struct sender *s)
{
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK_BYTES);
	errno = pthread_create(&s->thread, &attr, run_thread, s);
	pthread_attr_destroy(&attr);
	s->started = errno == 0;
	return s->started;
}

struct sender *
sender_open(const struct sender_options *options)
{
	struct sender *s = calloc(1, sizeof *s);
	char why[WHY_MAX] = "";
	bool ok;

	if (s == NULL)
		return NULL;
	s->options = *options;
	ok = mailbox_init(&s->in);
	ok = mailbox_init(&s->out) && ok;
	if (ok && set_up_client(s, why, sizeof why) && start_thread(s))
		return s;
	log_line(LOG_ERR, "the sender cannot start: %s",
	    why[0] != '\0' ? why : strerror(errno));
	sender_close(s);
	return NULL;
}

static void
free_transfers(struct sender *s)
{
	struct transfer *t;

	while ((t = s->newest) != NULL) {
		s->newest = t->older;
		attempt_free(t->attempt);
		free(t);
	}
}

/* What came of the places, for whoever compares limits. */
static void
log_figures(const struct sender *s)
{
	struct scheduler_figures f = scheduler_figures(s->scheduler);

	log_line(LOG_INFO,
	    "places: %llu ms held, %llu ms empty while something could go",
	    f.held_ms, f.missed_ms);
}

void
sender_close(struct sender *s)
{
	if (s == NULL)
		return;
	if (s->started) {
		atomic_store(&s->stopping, true);
		mailbox_ring(&s->in);
		pthread_join(s->thread, NULL);
		log_figures(s);
	}
	http_client_close(s->client);
	free_transfers(s);
	scheduler_close(s->scheduler);
	if (s->loop != NULL)
		loop_unwatch(s->loop, &s->in_watch);
	loop_close(s->loop);
	mailbox_clear(&s->in);
	mailbox_clear(&s->out);
	free(s);
}

size_t
sender_descriptors(const struct sender_options *options)
{
	struct http_client_options o = client_options(options);

	return http_client_descriptors(&o);
}

void
sender_add(struct sender *s, struct attempt *first)
{
	mailbox_put(&s->in, first);
}

struct attempt *
sender_take(struct sender *s, size_t count_max)
{
	return mailbox_take(&s->out, count_max);
}

int
sender_ready_fd(const struct sender *s)
{
	return s->out.fd;
}

bool
sender_is_alive(struct sender *s)
{
	bool unanswered = atomic_exchange(&s->asked, true);

	mailbox_ring(&s->in);
	return !unanswered;
}

void
sender_drain(struct sender *s)
{
	atomic_store(&s->draining, true);
	mailbox_ring(&s->in);
}

void
sender_reload(struct sender *s)
{
	atomic_store(&s->reloading, true);
	mailbox_ring(&s->in);
}
