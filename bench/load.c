/*
 * load.c - requests over TLS, closed or open loop, every answer counted.
 *
 * Closed loop: each client sends its next request when the last is answered.
 * Open loop (-r): requests are due at a constant rate; a latency runs from
 * the instant a request was due, so time spent waiting for a free client is
 * not omitted. Each request registers a URL of its own, PREFIX and a number,
 * with a token picked at random; or publishes so many messages (-m), each with
 * PREFIX and a number in its data; with -k it has a key against repeats. Prints
 * one line, blank-separated:
 *
 *	created failed unsent rate p50 p99 p99.9 max
 *
 * created and failed count all answers; unsent, requests due for which no
 * client was free in time. rate (a second) and latencies (in microseconds)
 * are of the good answers in the measured time, which follows the warm-up.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "answer.h"
#include "histogram.h"

#define NS 1000000000L
#define DRAIN_NS (10 * NS)
#define CLIENTS_MAX 1024
#define TOKENS_MAX 4096
#define BODY_MAX 16384

struct client {
	SSL *ssl;
	int fd;
	enum { IDLE, HANDSHAKE, SENDING, READING } state;
	bool has_request;
	uint64_t begin; /* sent (closed) or due (open) */
	char out[BODY_MAX + 1024], in[8192];
	size_t out_length, in_length;
};

static struct {
	const char *ca, *event, *prefix;
	unsigned long clients, port, messages;
	bool keys;
	double rate, seconds, warmup;
} option = { .clients = 1, .seconds = 5, .warmup = 1 };

static char tokens[TOKENS_MAX][64];
static struct client client[CLIENTS_MAX], *idle[CLIENTS_MAX];
static size_t token_count, idle_count;
static SSL_CTX *tls;
static int epoll_fd;
static uint64_t measured_from, end, next_due, interval;
static uint64_t sequence, created, failed;
static struct histogram latency;

static void
die(const char *what)
{
	fprintf(stderr, "load: %s\n", what);
	ERR_print_errors_fp(stderr);
	exit(1);
}

static uint64_t
now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)(t.tv_sec * NS + t.tv_nsec);
}

static void
record(const struct client *c, uint64_t at)
{
	uint64_t counted = option.rate > 0 ? c->begin : at;

	if (counted >= measured_from && counted < end)
		histogram_add(&latency, (at - c->begin) / 1000);
}

static void
read_tokens(const char *path)
{
	FILE *f = fopen(path, "r");

	if (f == NULL)
		die("cannot read the tokens");
	while (token_count < TOKENS_MAX &&
	    fscanf(f, "%63s", tokens[token_count]) == 1)
		token_count++;
	fclose(f);
	if (token_count == 0)
		die("no token in the file");
}

static const char *
any_token(void)
{
	static uint64_t x = 88172645463325252u;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return tokens[x % token_count];
}

/* One that does not fit shows by the length returned. */
static size_t
write_registration(char body[BODY_MAX])
{
	return (size_t)snprintf(body, BODY_MAX,
	    "{\"url\": \"%s%" PRIu64 "\", \"events\": [\"%s\"]}", option.prefix,
	    sequence++, option.event);
}

static size_t
write_message(char *to, size_t size)
{
	return (size_t)snprintf(to, size,
	    "{\"type\": \"%s\", \"data\": {\"reference\": \"%s%" PRIu64
	    "\", \"amount\": \"12.50\", \"currency\": \"EUR\"}}",
	    option.event, option.prefix, sequence++);
}

static size_t
write_messages(char body[BODY_MAX])
{
	size_t n = (size_t)snprintf(body, BODY_MAX, "{\"messages\": [");

	for (unsigned long i = 0; i < option.messages && n < BODY_MAX; i++) {
		if (i > 0)
			body[n++] = ',';
		if (n < BODY_MAX)
			n += write_message(body + n, BODY_MAX - n);
	}
	if (n < BODY_MAX)
		n += (size_t)snprintf(body + n, BODY_MAX - n, "]}");
	return n;
}

static size_t
write_body(char body[BODY_MAX])
{
	switch (option.messages) {
	case 0:
		return write_registration(body);
	case 1:
		return write_message(body, BODY_MAX);
	default:
		return write_messages(body);
	}
}

static void
write_request(struct client *c)
{
	char body[BODY_MAX], key[256] = "";
	size_t n;

	if (option.keys)
		snprintf(key, sizeof key,
		    "Idempotency-Key: \"%s%" PRIu64 "\"\r\n", option.prefix,
		    sequence);
	n = write_body(body);
	c->out_length = (size_t)snprintf(c->out, sizeof c->out,
	    "POST /v1/%s HTTP/1.1\r\n"
	    "Host: localhost:%lu\r\n"
	    "Authorization: Bearer %s\r\n"
	    "Content-Type: application/json\r\n"
	    "%sContent-Length: %zu\r\n\r\n%s",
	    option.messages > 0 ? "messages" : "webhooks/register", option.port,
	    any_token(), key, n, body);
	if (n >= sizeof body || c->out_length >= sizeof c->out)
		die("the request is too long");
	c->in_length = 0;
	c->has_request = true;
}

static void
dial(struct client *c)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons((uint16_t)option.port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLOUT | EPOLLET,
		.data.ptr = c,
	};
	int one = 1;

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (c->fd == -1 ||
	    (connect(c->fd, (struct sockaddr *)&to, sizeof to) == -1 &&
		errno != EINPROGRESS))
		die("cannot connect");
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
	c->ssl = SSL_new(tls);
	if (c->ssl == NULL || SSL_set_fd(c->ssl, c->fd) != 1 ||
	    X509_VERIFY_PARAM_set1_host(SSL_get0_param(c->ssl), "localhost",
		0) != 1)
		die("cannot set up TLS");
	c->state = HANDSHAKE;
	if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->fd, &event) == -1)
		die("cannot watch a connection");
}

static void
redial(struct client *c)
{
	SSL_free(c->ssl);
	close(c->fd);
	dial(c);
}

static void
complain_once(const struct client *c)
{
	static bool told;

	if (!told)
		fprintf(stderr, "load: not a good answer: %.600s\n",
		    c->in_length > 0 ? c->in : "connection closed");
	told = true;
}

static unsigned long
count_ids(const char *answer)
{
	unsigned long n = 0;

	while ((answer = strstr(answer, "\"msg_")) != NULL) {
		answer++;
		n++;
	}
	return n;
}

static bool
is_good(const char *answer)
{
	if (option.messages > 0)
		return strncmp(answer, "HTTP/1.1 202 ", 13) == 0 &&
		    count_ids(answer) == option.messages;
	return strncmp(answer, "HTTP/1.1 201 ", 13) == 0 &&
	    strstr(answer, "\"apiSecretKey\":\"whsec_") != NULL;
}

static void
take_answer(struct client *c)
{
	c->has_request = false;
	if (is_good(c->in)) {
		created++;
		record(c, now_ns());
	} else {
		failed++;
		complain_once(c);
	}
	c->state = IDLE;
	idle[idle_count++] = c;
	if (answer_header(c->in, "Connection: close") != NULL)
		redial(c);
}

/* Lost before the answer: counted, and the client begins anew. */
static void
lose(struct client *c)
{
	if (c->has_request) {
		failed++;
		complain_once(c);
		idle[idle_count++] = c;
	}
	c->has_request = false;
	redial(c);
}

/* One step: 1 done, 0 the socket is not ready, -1 lost. */
static int
step(struct client *c)
{
	int n = 0;

	switch (c->state) {
	case IDLE:
		return 0;
	case HANDSHAKE:
		n = SSL_connect(c->ssl);
		break;
	case SENDING:
		n = SSL_write(c->ssl, c->out, (int)c->out_length);
		break;
	case READING:
		n = SSL_read(c->ssl, c->in + c->in_length,
		    (int)(sizeof c->in - 1 - c->in_length));
		break;
	}
	if (n > 0)
		return n;
	n = SSL_get_error(c->ssl, n);
	return n == SSL_ERROR_WANT_READ || n == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

static void
advance(struct client *c)
{
	int n;

	while ((n = step(c)) > 0) {
		switch (c->state) {
		case HANDSHAKE:
			c->state = c->has_request ? SENDING : IDLE;
			break;
		case SENDING:
			c->state = READING;
			break;
		default:
			c->in_length += (size_t)n;
			c->in[c->in_length] = '\0';
			if (answer_length(c->in, c->in_length) > 0) {
				take_answer(c);
				return;
			}
		}
	}
	if (n == -1) {
		if (c->state == HANDSHAKE)
			die("TLS handshake failed");
		lose(c);
	}
}

static void
begin(struct client *c, uint64_t at)
{
	write_request(c);
	c->begin = at;
	if (c->state == IDLE)
		c->state = SENDING;
	advance(c);
}

/* Give idle clients what is due; nanoseconds until the next is, or -1. */
static long
dispatch(void)
{
	uint64_t now = now_ns();

	while (idle_count > 0 && now < end &&
	    (option.rate == 0 || next_due <= now)) {
		struct client *c = idle[--idle_count];

		begin(c, option.rate == 0 ? now : next_due);
		next_due += interval;
		now = now_ns();
	}
	if (now >= end || idle_count == 0 || option.rate == 0)
		return -1;
	return next_due > now ? (long)(next_due - now) : 0;
}

static void
loop(void)
{
	struct epoll_event events[256];

	for (;;) {
		long wait = dispatch();
		uint64_t now = now_ns();
		struct timespec t = { 1, 0 };
		int n;

		if (now >= end &&
		    (idle_count == option.clients || now >= end + DRAIN_NS))
			return;
		if (wait >= 0)
			t = (struct timespec){ wait / NS, wait % NS };
		else if (now >= end)
			t = (struct timespec){ 0, NS / 100 };
		n = epoll_pwait2(epoll_fd, events, 256, &t, NULL);
		for (int i = 0; i < n; i++)
			advance(events[i].data.ptr);
	}
}

static void
report(void)
{
	static const double parts[] = { 0.5, 0.99, 0.999, 1 };
	uint64_t unsent = 0;

	if (option.rate > 0 && next_due < end)
		unsent = (end - next_due) / interval;
	printf("%" PRIu64 " %" PRIu64 " %" PRIu64 " %.1f", created,
	    failed + option.clients - idle_count, unsent,
	    (double)latency.count / option.seconds);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		printf(" %" PRIu64, histogram_percentile(&latency, parts[i]));
	putchar('\n');
}

static void
usage(void)
{
	fputs("usage: load -p PORT -a CA -t TOKENS -e EVENT -u PREFIX\n"
	      "\t[-c CLIENTS] [-s SECONDS] [-w WARMUP] [-r RATE]\n"
	      "\t[-m MESSAGES [-k]]\n",
	    stderr);
	exit(2);
}

static void
read_options(int argc, char **argv)
{
	const char *token_file = NULL;
	int c;

	while ((c = getopt(argc, argv, "a:c:e:km:p:r:s:t:u:w:")) != -1) {
		switch (c) {
		case 'a':
			option.ca = optarg;
			break;
		case 'c':
			option.clients = strtoul(optarg, NULL, 10);
			break;
		case 'e':
			option.event = optarg;
			break;
		case 'k':
			option.keys = true;
			break;
		case 'm':
			option.messages = strtoul(optarg, NULL, 10);
			break;
		case 'p':
			option.port = strtoul(optarg, NULL, 10);
			break;
		case 'r':
			option.rate = strtod(optarg, NULL);
			break;
		case 's':
			option.seconds = strtod(optarg, NULL);
			break;
		case 't':
			token_file = optarg;
			break;
		case 'u':
			option.prefix = optarg;
			break;
		case 'w':
			option.warmup = strtod(optarg, NULL);
			break;
		default:
			usage();
		}
	}
	if (option.ca == NULL || option.event == NULL ||
	    option.prefix == NULL || token_file == NULL || option.port == 0 ||
	    option.clients < 1 || option.clients > CLIENTS_MAX)
		usage();
	read_tokens(token_file);
}

int
main(int argc, char **argv)
{
	read_options(argc, argv);
	prctl(PR_SET_TIMERSLACK, 1000);
	tls = SSL_CTX_new(TLS_client_method());
	epoll_fd = epoll_create1(0);
	if (tls == NULL || epoll_fd == -1 ||
	    SSL_CTX_load_verify_locations(tls, option.ca, NULL) != 1)
		die("cannot set up TLS");
	SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
	for (size_t i = 0; i < option.clients; i++) {
		dial(&client[i]);
		idle[idle_count++] = &client[i];
	}
	next_due = now_ns();
	measured_from = next_due + (uint64_t)(option.warmup * (double)NS);
	end = measured_from + (uint64_t)(option.seconds * (double)NS);
	interval = option.rate > 0 ? (uint64_t)((double)NS / option.rate) : 0;
	loop();
	report();
	return failed > 0 || idle_count < option.clients;
}
