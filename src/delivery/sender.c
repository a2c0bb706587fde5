/* sender.c - makes the requests: one thread, libcurl's multi and epoll. */
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

#include "common/connection.h"
#include "common/log.h"
#include "delivery/crowd.h"
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
	long long timer_ms;		/* when curl wants a turn; -1: never */
	struct transfer **transfers;	/* all there are */
	size_t transfer_count;
	struct transfer *idle;
	struct crowd *crowd;		/* active: ready or in flight */
	struct attempt *ready, **ready_end;
	struct attempt *ended, **ended_end;
	unsigned in_flight;
};

static void
end(struct sender *s, struct attempt *a)
{
	a->next = NULL;
	*s->ended_end = a;
	s->ended_end = &a->next;
}

static void
end_as(struct sender *s, struct attempt *a, enum ending ending,
    const char *error)
{
	a->ending = ending;
	snprintf(a->error, sizeof a->error, "%s", error);
	end(s, a);
}

static void
make_ready(struct sender *s, struct attempt *a)
{
	a->next = NULL;
	*s->ready_end = a;
	s->ready_end = &a->next;
}

static struct attempt *
next_ready(struct sender *s)
{
	struct attempt *a = s->ready;

	if (a == NULL)
		return NULL;
	s->ready = a->next;
	if (s->ready == NULL)
		s->ready_end = &s->ready;
	a->next = NULL;
	return a;
}

static struct attempt *
next_waiting(struct crowd_member *m)
{
	struct attempt *a = m->waiting;

	if (a == NULL)
		return NULL;
	m->waiting = a->next;
	if (m->waiting == NULL)
		m->waiting_end = &m->waiting;
	a->next = NULL;
	return a;
}

/* A newcomer: does it wait for others of its webhook? */
static void
admit(struct sender *s, struct attempt *a)
{
	struct crowd_member *m;

	if (a->body == NULL) {
		end_as(s, a, ENDING_EXPIRED, "its message is kept no longer");
		return;
	}
	if (a->secret_count == 0) {
		end_as(s, a, ENDING_UNSIGNED,
		    "none of the worker's keys opens its secret");
		return;
	}
	m = crowd_join(s->crowd, a->webhook);
	if (m == NULL || m->failing || atomic_load(&s->draining)) {
		if (m != NULL && m->active == 0)
			crowd_drop(s->crowd, m);
		end_as(s, a, ENDING_RETURNED, "");
		return;
	}
	if (m->active < SENDER_EACH) {
		m->active++;
		make_ready(s, a);
		return;
	}
	*m->waiting_end = a;
	m->waiting_end = &a->next;
}

static void
return_waiting(struct sender *s, struct crowd_member *m)
{
	struct attempt *a;

	while ((a = next_waiting(m)) != NULL)
		end_as(s, a, ENDING_RETURNED, "");
}

/* One of the webhook's is over: its place is another's, or nobody's. */
static void
leave(struct sender *s, struct crowd_member *m)
{
	struct attempt *a = next_waiting(m);

	if (a != NULL) {
		make_ready(s, a);
		return;
	}
	m->active--;
	if (m->active == 0)
		crowd_drop(s->crowd, m);
}

static void
put_idle(struct sender *s, struct transfer *t)
{
	t->next = s->idle;
	s->idle = t;
}

static struct transfer *
take_idle(struct sender *s)
{
	struct transfer *t = s->idle;

	if (t == NULL) {
		t = transfer_new(&(struct transfer_options){
		    .policy = s->options.policy,
		    .ca_file = s->options.ca_file, .share = s->share });
		if (t != NULL)
			s->transfers[s->transfer_count++] = t;
		return t;
	}
	s->idle = t->next;
	return t;
}

static bool
start(struct sender *s, struct attempt *a)
{
	struct transfer *t = take_idle(s);

	if (t == NULL)
		return false;
	if (transfer_begin(t, a) &&
	    curl_multi_add_handle(s->multi, t->easy) == CURLM_OK) {
		s->in_flight++;
		return true;
	}
	t->attempt = NULL;
	put_idle(s, t);
	return false;
}

static void
start_ready(struct sender *s)
{
	struct attempt *a;

	while (s->in_flight < s->options.in_flight &&
	    (a = next_ready(s)) != NULL) {
		struct crowd_member *m = crowd_join(s->crowd, a->webhook);

		if (!m->failing && !atomic_load(&s->draining) && start(s, a))
			continue;
		end_as(s, a, ENDING_RETURNED, "");
		leave(s, m);
	}
}

static void
finish(struct sender *s, CURL *easy, CURLcode code)
{
	struct crowd_member *m;
	struct transfer *t;
	struct attempt *a;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &t);
	a = transfer_end(t, code);
	curl_multi_remove_handle(s->multi, easy);
	s->in_flight--;
	put_idle(s, t);
	m = crowd_join(s->crowd, a->webhook);
	m->failing = verdict_of(a->ending, a->status)->hard;
	if (m->failing || atomic_load(&s->draining))
		return_waiting(s, m);
	end(s, a);
	leave(s, m);
}

static void
finish_all(struct sender *s)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(s->multi, &left)) != NULL)
		if (message->msg == CURLMSG_DONE)
			finish(s, message->easy_handle, message->data.result);
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
	s->timer_ms = ms < 0 ? -1 : connection_now_ms() + ms;
	return 0;
}

static int
wait_ms(const struct sender *s)
{
	long long ms;

	if (s->timer_ms == -1)
		return -1;
	ms = s->timer_ms - connection_now_ms();
	return ms < 0 ? 0 : (int)ms;
}

static void
take_in(struct sender *s)
{
	struct attempt *a = mailbox_take(&s->in, SIZE_MAX), *next;

	for (; a != NULL; a = next) {
		next = a->next;
		a->next = NULL;
		admit(s, a);
	}
}

static void
turn(struct sender *s)
{
	struct epoll_event events[EVENTS];
	int running, n = epoll_wait(s->epoll, events, EVENTS, wait_ms(s));

	for (int i = 0; i < n; i++) {
		uint32_t e = events[i].events;
		int what = (e & EPOLLIN ? CURL_CSELECT_IN : 0) |
		    (e & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
		    (e & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);

		if (events[i].data.fd == s->in.fd)
			take_in(s);
		else
			curl_multi_socket_action(s->multi, events[i].data.fd,
			    what, &running);
	}
	if (s->timer_ms != -1 && connection_now_ms() >= s->timer_ms) {
		s->timer_ms = -1;
		curl_multi_socket_action(s->multi, CURL_SOCKET_TIMEOUT, 0,
		    &running);
	}
	finish_all(s);
	start_ready(s);
	mailbox_put(&s->out, s->ended);
	s->ended = NULL;
	s->ended_end = &s->ended;
}

static void *
work(void *arg)
{
	struct sender *s = arg;

	while (!atomic_load(&s->stopping))
		turn(s);
	return NULL;
}

static bool
set_up(struct sender *s)
{
	struct epoll_event e = { .events = EPOLLIN };

	s->share = curl_share_init();
	s->multi = curl_multi_init();
	s->transfers = calloc(s->options.in_flight, sizeof *s->transfers);
	s->crowd = crowd_open();
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (s->share == NULL || s->multi == NULL || s->transfers == NULL ||
	    s->crowd == NULL || s->epoll == -1)
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
	errno = pthread_create(&s->thread, &attr, work, s);
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
	s->ready_end = &s->ready;
	s->ended_end = &s->ended;
	ok = mailbox_init(&s->in);
	ok = mailbox_init(&s->out) && ok;
	if (ok && curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK &&
	    set_up(s) && start_thread(s))
		return s;
	log_line(LOG_ERR, "cannot send: %s", strerror(errno));
	sender_close(s);
	return NULL;
}

static void
free_list(struct attempt *a)
{
	struct attempt *next;

	for (; a != NULL; a = next) {
		next = a->next;
		attempt_free(a);
	}
}

static void
free_waiting(const struct crowd_member *m, void *arg)
{
	(void)arg;
	free_list(m->waiting);
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
		curl_multi_remove_handle(s->multi, s->transfers[i]->easy);
		transfer_free(s->transfers[i]);
	}
	free(s->transfers);
	free_list(s->ready);
	free_list(s->ended);
	curl_multi_cleanup(s->multi);
	curl_share_cleanup(s->share);
	if (s->crowd != NULL)
		crowd_each(s->crowd, 0, free_waiting, NULL);
	crowd_close(s->crowd);
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
sender_take(struct sender *s, size_t most)
{
	return mailbox_take(&s->out, most);
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
