/* sender.c - sends the requests: one thread with libcurl's multi and epoll. */
#include "delivery/sender.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <curl/curl.h>

#include "common/clock.h"
#include "common/log.h"
#include "delivery/scheduler.h"
#include "delivery/mailbox.h"
#include "delivery/transfer.h"

#define EVENTS 64
#define STACK_BYTES (512 * 1024)

struct sender {
	struct sender_options options;
	struct mailbox in, out;
	atomic_bool stopping, draining;
	pthread_t thread;
	bool started;

	/* the rest is the thread's own */
	CURLM *multi;
	CURLSH *share;
	int epoll;
	long long timer_ms;          /* when curl wants a turn; -1: never */
	struct transfer **transfers; /* all there are */
	size_t transfer_count;
	struct transfer *idle;
	struct scheduler *scheduler;
	long long sweep_ms; /* when to return what has stalled */
};

static void
release_transfer(struct sender *s, struct transfer *t)
{
	t->next = s->idle;
	s->idle = t;
}

static struct transfer *
acquire_transfer(struct sender *s)
{
	struct transfer *t = s->idle;

	if (t == NULL) {
		t = transfer_new(
		    &(struct transfer_options){ .policy = s->options.policy,
			.signers = s->options.signers,
			.ca_file = s->options.ca_file,
			.share = s->share });
		if (t != NULL)
			s->transfers[s->transfer_count++] = t;
		return t;
	}
	s->idle = t->next;
	return t;
}

static bool
start_attempt(struct sender *s, struct attempt *a)
{
	struct transfer *t = acquire_transfer(s);

	if (t == NULL)
		return false;
	if (transfer_begin(t, a) &&
	    curl_multi_add_handle(s->multi, t->easy) == CURLM_OK)
		return true;
	transfer_drop(t);
	release_transfer(s, t);
	return false;
}

static void
start_ready(struct sender *s, long long now)
{
	struct attempt *a;

	while ((a = scheduler_next(s->scheduler, now)) != NULL) {
		if (start_attempt(s, a))
			continue;
		attempt_end(a, ENDING_RETURNED, 0);
		scheduler_done(s->scheduler, a, now);
	}
}

static void
finish_transfer(struct sender *s, CURL *easy, CURLcode code)
{
	struct transfer *t;
	struct attempt *a;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &t);
	curl_multi_remove_handle(s->multi, easy);
	a = transfer_end(t, code);
	release_transfer(s, t);
	scheduler_done(s->scheduler, a, clock_now_ms());
}

static void
finish_transfers(struct sender *s)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(s->multi, &left)) != NULL)
		if (message->msg == CURLMSG_DONE)
			finish_transfer(s, message->easy_handle,
			    message->data.result);
}

static int
watch_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
	struct epoll_event e = { .data.fd = fd };
	struct sender *s = arg;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		epoll_ctl(s->epoll, EPOLL_CTL_DEL, fd, NULL);
		return 0;
	}
	e.events = (what & CURL_POLL_IN ? EPOLLIN : 0) |
	    (what & CURL_POLL_OUT ? EPOLLOUT : 0);
	if (known == NULL) {
		epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &e);
		curl_multi_assign(s->multi, fd, s);
	} else {
		epoll_ctl(s->epoll, EPOLL_CTL_MOD, fd, &e);
	}
	return 0;
}

static int
set_timer(CURLM *multi, long ms, void *arg)
{
	struct sender *s = arg;

	(void)multi;
	s->timer_ms = ms < 0 ? -1 : clock_now_ms() + ms;
	return 0;
}

static int
choose_timeout(const struct sender *s)
{
	long long until = s->timer_ms, ms;

	if (scheduler_paused(s->scheduler))
		return 1;
	if (scheduler_waiting(s->scheduler) > 0 &&
	    (until == -1 || until > s->sweep_ms))
		until = s->sweep_ms;
	if (until == -1)
		return -1;
	ms = until - clock_now_ms();
	return ms < 0 ? 0 : (int)ms;
}

static void
take_added(struct sender *s)
{
	struct attempt *a = mailbox_take(&s->in, SIZE_MAX), *next;
	long long now = clock_now_ms();

	if (atomic_load(&s->draining))
		scheduler_drain(s->scheduler);

	for (; a != NULL; a = next) {
		next = a->next;
		a->next = NULL;
		scheduler_add(s->scheduler, a, now);
	}
}

static void
handle_events(struct sender *s, const struct epoll_event *events, int count)
{
	int running;

	for (int i = 0; i < count; i++) {
		uint32_t e = events[i].events;
		int what = (e & EPOLLIN ? CURL_CSELECT_IN : 0) |
		    (e & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
		    (e & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);

		if (events[i].data.fd == s->in.fd)
			take_added(s);
		else
			curl_multi_socket_action(s->multi, events[i].data.fd,
			    what, &running);
	}
}

static void
run_once(struct sender *s)
{
	struct epoll_event events[EVENTS];
	int running,
	    n = epoll_wait(s->epoll, events, EVENTS, choose_timeout(s));
	long long now;

	handle_events(s, events, n);
	now = clock_now_ms();
	if (s->timer_ms != -1 && now >= s->timer_ms) {
		s->timer_ms = -1;
		curl_multi_socket_action(s->multi, CURL_SOCKET_TIMEOUT, 0,
		    &running);
	}
	finish_transfers(s);
	if (now >= s->sweep_ms) {
		scheduler_return_stalled(s->scheduler, now);
		s->sweep_ms = now + SCHEDULER_STALLED_MS / 2;
	}
	start_ready(s, now);
	mailbox_put(&s->out, scheduler_ended(s->scheduler));
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
set_up_loop(struct sender *s)
{
	struct epoll_event e = { .events = EPOLLIN };

	s->share = curl_share_init();
	s->multi = curl_multi_init();
	s->transfers = calloc(s->options.in_flight, sizeof *s->transfers);
	s->scheduler = scheduler_open(s->options.in_flight,
	    s->options.in_flight_per_webhook);
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (s->share == NULL || s->multi == NULL || s->transfers == NULL ||
	    s->scheduler == NULL || s->epoll == -1)
		return false;
	e.data.fd = s->in.fd;
	curl_share_setopt(s->share, CURLSHOPT_SHARE,
	    CURL_LOCK_DATA_SSL_SESSION);
	curl_multi_setopt(s->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
	curl_multi_setopt(s->multi, CURLMOPT_SOCKETDATA, s);
	curl_multi_setopt(s->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(s->multi, CURLMOPT_TIMERDATA, s);
	curl_multi_setopt(s->multi, CURLMOPT_PIPELINING,
	    (long)CURLPIPE_NOTHING);
	curl_multi_setopt(s->multi, CURLMOPT_MAXCONNECTS,
	    (long)s->options.in_flight);
	return epoll_ctl(s->epoll, EPOLL_CTL_ADD, s->in.fd, &e) == 0;
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
	bool ok;

	if (s == NULL)
		return NULL;
	s->options = *options;
	s->timer_ms = -1;
	s->epoll = -1;
	ok = mailbox_init(&s->in);
	ok = mailbox_init(&s->out) && ok;
	if (ok && curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK &&
	    set_up_loop(s) && start_thread(s))
		return s;
	log_line(LOG_ERR, "the sender cannot start: %s", strerror(errno));
	sender_close(s);
	return NULL;
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
	}
	for (size_t i = 0; i < s->transfer_count; i++) {
		/* So many are there: NOLINTNEXTLINE(*NullDereference) */
		if (s->transfers[i]->easy != NULL)
			curl_multi_remove_handle(s->multi,
			    s->transfers[i]->easy);
		transfer_free(s->transfers[i]);
	}
	free(s->transfers);
	curl_multi_cleanup(s->multi);
	curl_share_cleanup(s->share);
	scheduler_close(s->scheduler);
	if (s->epoll != -1)
		close(s->epoll);
	mailbox_clear(&s->in);
	mailbox_clear(&s->out);
	free(s);
	curl_global_cleanup();
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

void
sender_drain(struct sender *s)
{
	atomic_store(&s->draining, true);
	mailbox_ring(&s->in);
}
