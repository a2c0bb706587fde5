/*
 * receivers.c - all receivers of the internet in the bench: TLS and HTTP/1.1.
 *
 * usage: receivers SEED ONE_US CERTIFICATE KEY LOG
 *
 * One listener serves every address; the address that a connection came to
 * says which name it is for, and what that does. Kept connections are closed
 * when idle for 75 s, as nginx does. LOG gets a line for each request, when
 * its last byte was read:
 *
 *	MICROSECONDS NAME WEBHOOK EVENT FIRST RESUMED STATUS
 *
 * FIRST: on a new connection; RESUMED: by an earlier TLS session; status 0: it
 * gets no answer. WEBHOOK is the end of the path, EVENT the member n of data.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "../process.h"
#include "world.h"

#define INPUT_MAX 16384
#define EVENTS 256
#define IDLE_S 75
#define FLUSH_MS 50
#define DESCRIPTORS 400000

struct client {
	struct client *next, **self; /* in the list of all */
	SSL *ssl;
	char *input; /* a request that is not whole */
	size_t length;
	time_t used;
	uint32_t number;
	enum world_kind kind;
	int fd;
	bool served;
};

static uint64_t seed, one_us;
static int epoll_fd, listener;
static SSL_CTX *tls;
static FILE *receipts;
static struct client *all;
static volatile sig_atomic_t stopping;

static const struct answer {
	int status;
	const char *text;
} answers[] = {
	[WORLD_HEALTHY] = { 200,
	    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
	    "Content-Length: 3\r\n\r\nok\n" },
	[WORLD_HANGS] = { 0, NULL },
	[WORLD_FAILS] = { 500,
	    "HTTP/1.1 500 Internal Server Error\r\n"
	    "Content-Length: 6\r\n\r\nsorry\n" },
	[WORLD_LIMITS] = { 429,
	    "HTTP/1.1 429 Too Many Requests\r\n"
	    "Content-Length: 0\r\n\r\n" },
};

static void
drop(struct client *c)
{
	*c->self = c->next;
	if (c->next != NULL)
		c->next->self = c->self;
	SSL_free(c->ssl);
	close(c->fd);
	free(c->input);
	free(c);
}

static void
note(const struct client *c, int status)
{
	const char *path = strstr(c->input, "/hook/");
	const char *event = strstr(c->input, "\"n\":");

	fprintf(receipts, "%lld\t%u\t%ld\t%ld\t%d\t%d\t%d\n",
	    (long long)now_us(CLOCK_REALTIME), c->number,
	    path == NULL ? -1 : strtol(path + 6, NULL, 10),
	    event == NULL ? -1 : strtol(event + 4, NULL, 10), !c->served,
	    SSL_session_reused(c->ssl), status);
}

/* The length of the request in input when it is whole, else 0. */
static size_t
whole(const char *input, size_t length)
{
	const char *end = strstr(input, "\r\n\r\n"), *field;
	size_t head, body = 0;

	if (end == NULL)
		return 0;
	head = (size_t)(end - input) + 4;
	field = strcasestr(input, "\r\ncontent-length:");
	if (field != NULL && field < end)
		body = strtoul(field + 17, NULL, 10);
	return length >= head && length - head >= body ? head + body : 0;
}

/* False: it is to be dropped. */
static bool
serve(struct client *c)
{
	const struct answer *a = &answers[c->kind];
	bool good = true;

	note(c, a->status);
	if (a->text != NULL)
		good = SSL_write(c->ssl, a->text, (int)strlen(a->text)) > 0;
	c->served = true;
	free(c->input);
	c->input = NULL;
	c->length = 0;
	return good;
}

/* Read what there is, and serve it. False: it is to be dropped. */
static bool
read_on(struct client *c)
{
	int n;

	for (;;) {
		if (c->input == NULL)
			c->input = malloc(INPUT_MAX + 1);
		if (c->input == NULL || c->length == INPUT_MAX)
			return false;
		ERR_clear_error();
		n = SSL_read(c->ssl, c->input + c->length,
		    (int)(INPUT_MAX - c->length));
		if (n <= 0)
			break;
		c->length += (size_t)n;
		c->input[c->length] = '\0';
		if (whole(c->input, c->length) > 0 && !serve(c))
			return false;
	}
	if (c->length == 0) {
		free(c->input);
		c->input = NULL;
	}
	n = SSL_get_error(c->ssl, n);
	return n == SSL_ERROR_WANT_READ || n == SSL_ERROR_WANT_WRITE;
}

static void
adopt(int fd, uint32_t number)
{
	struct client *c = calloc(1, sizeof *c);
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = c };
	int yes = 1;

	if (c == NULL)
		fail("receivers");
	c->fd = fd;
	c->number = number;
	c->kind = world_look(seed, number, (uint32_t)one_us).kind;
	c->used = time(NULL);
	c->next = all;
	c->self = &all;
	if (all != NULL)
		all->self = &c->next;
	all = c;
	/* half of those that hang do so before TLS */
	if (c->kind == WORLD_HANGS && number % 2 == 0)
		return;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
	c->ssl = SSL_new(tls);
	if (c->ssl == NULL || SSL_set_fd(c->ssl, fd) != 1)
		fail("receivers: TLS");
	SSL_set_accept_state(c->ssl);
	epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &e);
}

static void
accept_all(void)
{
	struct sockaddr_in6 to;
	socklen_t size = sizeof to;
	int fd;

	while ((fd = accept4(listener, NULL, NULL,
		    SOCK_NONBLOCK | SOCK_CLOEXEC)) != -1) {
		size = sizeof to;
		if (getsockname(fd, (struct sockaddr *)&to, &size) == -1) {
			close(fd);
			continue;
		}
		adopt(fd, world_number(&to.sin6_addr.s6_addr[12]));
	}
	if (errno == EMFILE)
		fail("receivers: accept");
}

static void
drop_idle(time_t now)
{
	for (struct client *c = all, *next; c != NULL; c = next) {
		next = c->next;
		if (now - c->used > IDLE_S)
			drop(c);
	}
}

static void
run(void)
{
	struct epoll_event events[EVENTS];
	time_t swept = time(NULL), now;
	int n;

	while (!stopping) {
		n = epoll_wait(epoll_fd, events, EVENTS, FLUSH_MS);
		now = time(NULL);
		for (int i = 0; i < n; i++) {
			struct client *c = events[i].data.ptr;

			if (c == NULL) {
				accept_all();
				continue;
			}
			c->used = now;
			if (!read_on(c))
				drop(c);
		}
		fflush(receipts);
		if (now > swept)
			drop_idle(swept = now);
	}
}

static void
listen_everywhere(void)
{
	struct sockaddr_in6 any = { .sin6_family = AF_INET6,
		.sin6_port = htons(WORLD_PORT) };
	struct epoll_event e = { .events = EPOLLIN };
	int yes = 1, no = 0;

	listener =
	    socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
	setsockopt(listener, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no);
	if (bind(listener, (struct sockaddr *)&any, sizeof any) == -1 ||
	    listen(listener, 16384) == -1)
		fail("receivers: listen");
	epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &e);
}

static void
make_tls(const char *certificate, const char *key)
{
	tls = SSL_CTX_new(TLS_server_method());
	if (tls == NULL ||
	    SSL_CTX_use_certificate_chain_file(tls, certificate) != 1 ||
	    SSL_CTX_use_PrivateKey_file(tls, key, SSL_FILETYPE_PEM) != 1) {
		ERR_print_errors_fp(stderr);
		exit(1);
	}
	SSL_CTX_set_mode(tls,
	    SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE);
}

static void
raise_descriptors(void)
{
	const struct rlimit most = { DESCRIPTORS, DESCRIPTORS };

	if (setrlimit(RLIMIT_NOFILE, &most) == -1)
		raise_limit();
}

static void
stop(int number)
{
	(void)number;
	stopping = 1;
}

int
main(int argc, char **argv)
{
	if (argc != 6) {
		fputs("usage: receivers SEED ONE_US CERTIFICATE KEY LOG\n",
		    stderr);
		return 2;
	}
	seed = world_parse(argv[1], UINT64_MAX);
	one_us = world_parse(argv[2], 2000000);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGTERM, stop);
	raise_descriptors();
	receipts = fopen(argv[5], "a");
	if (receipts == NULL)
		fail(argv[5]);
	setvbuf(receipts, NULL, _IOFBF, 1 << 20);
	make_tls(argv[3], argv[4]);
	listen_everywhere();
	run();
	return fclose(receipts) != 0;
}
