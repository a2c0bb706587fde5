/*
 * ceiling.c - what curl alone can deliver: sign and POST, with no database.
 *
 * usage: ceiling -u PREFIX -a CA [-w WEBHOOKS] [-c IN_FLIGHT] [-s SECONDS]
 *        ceiling -f FILE -a CA [-c IN_FLIGHT] [-s SECONDS]
 *
 * Sends to PREFIX0 .. PREFIXn in turn, with curl's options as postern-delivery
 * sets them and as many in flight, all the time. Prints the rate a second of
 * the 2xx after a second of warm-up, then the requests that failed.
 *
 * Or once to each URL of FILE, for so many seconds at most. Prints how many
 * 2xx there were, how many requests failed, and the seconds it took.
 *
 * The CA certificates are read once, TLS sessions are shared, and connections
 * are kept for as many hosts as there may be.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <curl/curl.h>

#include "event.h"
#include "process.h"

#define NS 1000000000LL
#define IN_FLIGHT_MAX 16384
#define CONNECTIONS_MAX 20000

static struct {
	const char *prefix, *ca, *file;
	long webhooks, in_flight, seconds;
} option = { .webhooks = 64, .in_flight = 256, .seconds = 5 };

static FILE *urls; /* those of option.file not sent to yet */
static long in_flight;
static CURLM *multi;
static CURLSH *share;
static int epoll_fd;
static int64_t timer_at = INT64_MAX;
static uint64_t sequence, good, bad;
static unsigned char key[EVENT_KEY_BYTES];
static struct curl_slist *headers[IN_FLIGHT_MAX];

static int64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * NS + t.tv_nsec;
}

static int
watch(CURL *easy, curl_socket_t fd, int what, void *user, void *known)
{
	struct epoll_event e = { .data.fd = fd };

	if (what == CURL_POLL_REMOVE) {
		epoll_ctl(epoll_fd, EPOLL_CTL_DEL, fd, NULL);
		return 0;
	}
	e.events = (what & CURL_POLL_IN ? EPOLLIN : 0u) |
	    (what & CURL_POLL_OUT ? EPOLLOUT : 0u);
	if (epoll_ctl(epoll_fd, EPOLL_CTL_MOD, fd, &e) == -1)
		epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &e);
	(void)easy, (void)user, (void)known;
	return 0;
}

static int
set_timer(CURLM *m, long ms, void *user)
{
	timer_at = ms < 0 ? INT64_MAX : now_ns() + ms * (NS / 1000);
	(void)m, (void)user;
	return 0;
}

static size_t
swallow(char *data, size_t size, size_t count, void *user)
{
	(void)data, (void)user;
	return size * count;
}

static struct curl_slist *
make_headers(void)
{
	char id[64], line[160], signature[64];
	struct curl_slist *list = NULL;
	long long stamp = (long long)time(NULL);

	snprintf(id, sizeof id, "msg_%032llx", (unsigned long long)sequence);
	event_sign(key, id, stamp, signature);
	list = curl_slist_append(list, "Content-Type: application/json");
	snprintf(line, sizeof line, "webhook-id: %s", id);
	list = curl_slist_append(list, line);
	snprintf(line, sizeof line, "webhook-timestamp: %lld", stamp);
	list = curl_slist_append(list, line);
	snprintf(line, sizeof line, "webhook-signature: %s", signature);
	list = curl_slist_append(list, line);
	list = curl_slist_append(list, "Expect:");
	return curl_slist_append(list, "Accept:");
}

/* False: all have been sent to. */
static bool
next_url(char *url, size_t size)
{
	if (urls == NULL) {
		snprintf(url, size, "%s%llu", option.prefix,
		    (unsigned long long)sequence++ %
			(unsigned long long)option.webhooks);
		return true;
	}
	sequence++;
	if (fgets(url, (int)size, urls) == NULL)
		return false;
	url[strcspn(url, "\n")] = '\0';
	return true;
}

static void
send_next(CURL *easy, size_t slot)
{
	char url[512];

	if (!next_url(url, sizeof url))
		return;
	curl_slist_free_all(headers[slot]);
	headers[slot] = make_headers();
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers[slot]);
	curl_multi_add_handle(multi, easy);
	in_flight++;
}

static CURL *
make_handle(size_t slot)
{
	CURL *easy = curl_easy_init();

	curl_easy_setopt(easy, CURLOPT_PRIVATE, (void *)slot);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https");
	curl_easy_setopt(easy, CURLOPT_CAINFO, option.ca);
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(easy, CURLOPT_SHARE, share);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, 15000L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, 5000L);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "ceiling/1.0");
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, event_body);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE,
	    (long)sizeof event_body - 1);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, swallow);
	return easy;
}

static void
make_multi(void)
{
	share = curl_share_init();
	curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
	multi = curl_multi_init();
	curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watch);
	curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS,
	    urls == NULL ? 2 * option.in_flight : (long)CONNECTIONS_MAX);
	for (size_t i = 0; i < (size_t)option.in_flight; i++)
		send_next(make_handle(i), i);
}

/* Count what is done, and send the next in its place. */
static void
collect(void)
{
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(multi, &left)) != NULL) {
		CURL *easy = m->easy_handle;
		char *slot;
		long status = 0;

		if (m->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
		curl_easy_getinfo(easy, CURLINFO_PRIVATE, &slot);
		if (m->data.result == CURLE_OK && status / 100 == 2)
			good++;
		else
			bad++;
		curl_multi_remove_handle(multi, easy);
		in_flight--;
		send_next(easy, (size_t)slot);
	}
}

static int
wait_ms(void)
{
	int64_t left = timer_at == INT64_MAX ? NS : timer_at - now_ns();

	return left <= 0     ? 0
	    : left > NS / 10 ? 100
			     : (int)((left + NS / 1000 - 1) / (NS / 1000));
}

static void
act(const struct epoll_event *e)
{
	int ready = (e->events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
	    (e->events & ~(uint32_t)EPOLLOUT ? CURL_CSELECT_IN : 0);
	int running;

	curl_multi_socket_action(multi, e->data.fd, ready, &running);
}

static void
loop(int64_t until)
{
	struct epoll_event events[256];
	int running;

	while (now_ns() < until && in_flight > 0) {
		int n = epoll_wait(epoll_fd, events, 256, wait_ms());

		for (int i = 0; i < n; i++)
			act(&events[i]);
		if (timer_at <= now_ns()) {
			timer_at = INT64_MAX;
			curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0,
			    &running);
		}
		collect();
	}
}

static bool
read_options(int argc, char **argv)
{
	int c;

	while ((c = getopt(argc, argv, "a:c:f:s:u:w:")) != -1) {
		switch (c) {
		case 'a':
			option.ca = optarg;
			break;
		case 'c':
			option.in_flight = strtol(optarg, NULL, 10);
			break;
		case 'f':
			option.file = optarg;
			break;
		case 's':
			option.seconds = strtol(optarg, NULL, 10);
			break;
		case 'u':
			option.prefix = optarg;
			break;
		case 'w':
			option.webhooks = strtol(optarg, NULL, 10);
			break;
		default:
			return false;
		}
	}
	return option.ca != NULL &&
	    (option.prefix == NULL) != (option.file == NULL) &&
	    option.webhooks > 0 && option.seconds > 0 && option.in_flight > 0 &&
	    option.in_flight <= IN_FLIGHT_MAX;
}

/* One webhook after the other, all the time. */
static void
run_rate(void)
{
	uint64_t before;
	int64_t start;

	loop(now_ns() + NS);
	before = good;
	start = now_ns();
	loop(start + option.seconds * NS);
	printf("%.1f %llu\n",
	    (double)(good - before) * (double)NS / (double)(now_ns() - start),
	    (unsigned long long)bad);
}

/* All of the list once. */
static void
run_list(int64_t start)
{
	loop(start + option.seconds * NS);
	printf("%llu %llu %.3f\n", (unsigned long long)good,
	    (unsigned long long)bad, (double)(now_ns() - start) / (double)NS);
}

int
main(int argc, char **argv)
{
	int64_t start = now_ns();

	if (!read_options(argc, argv) ||
	    getrandom(key, sizeof key, 0) != sizeof key ||
	    (epoll_fd = epoll_create1(0)) == -1) {
		fputs("usage: ceiling -u PREFIX|-f FILE -a CA [-w WEBHOOKS]"
		      " [-c IN_FLIGHT] [-s SECONDS]\n",
		    stderr);
		return 2;
	}
	if (option.file != NULL && (urls = fopen(option.file, "r")) == NULL) {
		perror(option.file);
		return 1;
	}
	raise_limit();
	curl_global_init(CURL_GLOBAL_DEFAULT);
	make_multi();
	if (urls != NULL) {
		run_list(start);
		return 0;
	}
	run_rate();
	return bad > 0;
}
