/*
 * receiver.c - takes webhooks, and answers after so long as the path says.
 *
 * usage: receiver PORT
 *
 *   /wait/MS/...  204 after so many milliseconds, 16 seconds at most
 *   /hang/...     no answer
 *
 * Plain HTTP, on 127.0.0.1.
 */
#include <arpa/inet.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../answer.h"
#include "../process.h"

#define MOST_CONNECTIONS 65536
#define MOST_REQUEST 8192
/* A wheel with a slot for each millisecond. */
#define SLOTS 16384

static const char answer[] = "HTTP/1.1 204 No Content\r\n\r\n";

struct connection {
	unsigned turn; /* how often its descriptor has been closed */
	size_t length;
	char text[MOST_REQUEST];
};

struct due {
	struct due *next;
	int fd;
	unsigned turn;
};

static struct connection *connections[MOST_CONNECTIONS];
static struct due *wheel[SLOTS];
static int64_t answered_to; /* milliseconds */
static int poller;

static int64_t
now_ms(void)
{
	return now_us(CLOCK_MONOTONIC) / 1000;
}

static void
close_connection(int fd)
{
	close(fd);
	connections[fd]->turn++;
	connections[fd]->length = 0;
}

static void
answer_later(int fd, int64_t ms)
{
	struct due *d = calloc(1, sizeof *d);
	size_t slot = (size_t)((now_ms() + ms) % SLOTS);

	if (d == NULL)
		fail("calloc");
	d->fd = fd;
	d->turn = connections[fd]->turn;
	d->next = wheel[slot];
	wheel[slot] = d;
}

static void
answer_one(const struct due *d)
{
	const ssize_t length = sizeof answer - 1;

	if (connections[d->fd]->turn == d->turn &&
	    send(d->fd, answer, (size_t)length, MSG_NOSIGNAL) != length)
		close_connection(d->fd);
}

/* All whose time has come. */
static void
answer_due(void)
{
	int64_t now = now_ms();
	struct due *d;

	for (; answered_to <= now; answered_to++) {
		while ((d = wheel[answered_to % SLOTS]) != NULL) {
			wheel[answered_to % SLOTS] = d->next;
			answer_one(d);
			free(d);
		}
	}
}

/* A request that is all there, and what follows it. */
static void
take_request(int fd)
{
	struct connection *c = connections[fd];
	size_t length = answer_length(c->text, c->length);
	const char *wait;

	if (length == 0)
		return;
	wait = strstr(c->text, " /wait/");
	if (wait != NULL && wait < strstr(c->text, "\r\n"))
		answer_later(fd, atol(wait + 7) % (SLOTS - 64) + 1);
	c->length -= length;
	memmove(c->text, c->text + length, c->length + 1);
}

static void
receive(int fd)
{
	struct connection *c = connections[fd];
	ssize_t n =
	    recv(fd, c->text + c->length, MOST_REQUEST - 1 - c->length, 0);

	if (n <= 0) {
		close_connection(fd);
		return;
	}
	c->length += (size_t)n;
	c->text[c->length] = '\0';
	take_request(fd);
}

static void
watch(int fd)
{
	struct epoll_event e = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &e) != 0)
		fail("epoll_ctl");
}

static void
accept_one(int listener)
{
	int fd = accept(listener, NULL, NULL);

	if (fd < 0)
		return;
	if (fd >= MOST_CONNECTIONS) {
		close(fd);
		return;
	}
	if (connections[fd] == NULL) {
		connections[fd] = calloc(1, sizeof *connections[fd]);
		if (connections[fd] == NULL)
			fail("calloc");
	}
	watch(fd);
}

static int
listen_on(int port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

	if (fd < 0)
		fail("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
	if (bind(fd, (struct sockaddr *)&a, sizeof a) != 0 ||
	    listen(fd, 4096) != 0)
		fail("listen");
	return fd;
}

int
main(int argc, char **argv)
{
	struct epoll_event events[256];
	int listener, n;

	if (argc != 2) {
		fputs("usage: receiver PORT\n", stderr);
		return 2;
	}
	raise_limit();
	listener = listen_on(atoi(argv[1]));
	poller = epoll_create1(0);
	watch(listener);
	answered_to = now_ms();
	for (;;) {
		n = epoll_wait(poller, events, 256, 1);
		for (int i = 0; i < n; i++) {
			if (events[i].data.fd == listener)
				accept_one(listener);
			else
				receive(events[i].data.fd);
		}
		answer_due();
	}
}
