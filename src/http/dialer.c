/* dialer.c - connects to a host: Happy Eyeballs (RFC 8305). */
#include "http/dialer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/egress_address.h"

#define WHY_MAX 192

struct racer {
	struct dialer *dialer;
	struct loop_watch watch; /* fd -1: the place is free */
	size_t address;
};

struct dialer {
	struct dialer_shared *shared;
	const char *host;
	unsigned port;
	const unsigned char *owner;
	void (*done)(void *arg, enum dialer_result result, const char *why);
	void *arg;

	struct resolver_query query;
	long long named_us;
	struct loop_timer delay;
	struct resolver_address addresses[RESOLVER_ADDRESSES_MAX];
	size_t count, next;
	size_t refused;
	struct racer racers[DIALER_PENDING_MAX];
	size_t pending;
	int fd; /* the winner's; -1: none */
	char peer[DIALER_PEER_MAX];
	char why[WHY_MAX];
};

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t
make_address(const struct dialer *d, size_t i, union address *to)
{
	const struct resolver_address *from = &d->addresses[i];

	*to = (union address){ 0 };
	if (from->family == AF_INET) {
		to->v4.sin_family = AF_INET;
		to->v4.sin_addr = from->v4;
		to->v4.sin_port = htons((uint16_t)d->port);
		return sizeof to->v4;
	}
	to->v6.sin6_family = AF_INET6;
	to->v6.sin6_addr = from->v6;
	to->v6.sin6_port = htons((uint16_t)d->port);
	return sizeof to->v6;
}

static void
note_peer(struct dialer *d, size_t i)
{
	const struct resolver_address *a = &d->addresses[i];
	char text[INET6_ADDRSTRLEN] = "";

	(void)inet_ntop(a->family, &a->v6, text, sizeof text);
	snprintf(d->peer, sizeof d->peer,
	    a->family == AF_INET ? "%s:%u" : "[%s]:%u", text, d->port);
}

static void
note_failure(struct dialer *d, size_t i, int error)
{
	note_peer(d, i);
	snprintf(d->why, sizeof d->why, "cannot connect to %s: %s", d->peer,
	    strerror(error));
}

static void
release_racer(struct dialer *d, struct racer *r)
{
	loop_unwatch(d->shared->loop, &r->watch);
	r->watch.fd = -1;
	if (--d->pending > 0)
		d->shared->extra--;
}

static void
close_racer(struct dialer *d, struct racer *r)
{
	int fd = r->watch.fd;

	release_racer(d, r);
	close(fd);
}

static void
close_racers(struct dialer *d)
{
	for (size_t i = 0; i < DIALER_PENDING_MAX; i++)
		if (d->racers[i].watch.fd != -1)
			close_racer(d, &d->racers[i]);
}

/* Its last deed: done may close the dialer. */
static void
finish(struct dialer *d, enum dialer_result result)
{
	loop_clear_timer(d->shared->loop, &d->delay);
	close_racers(d);
	d->done(d->arg, result, d->why);
}

static struct racer *
oldest_racer(struct dialer *d)
{
	struct racer *oldest = NULL;

	for (size_t i = 0; i < DIALER_PENDING_MAX; i++) {
		struct racer *r = &d->racers[i];

		if (r->watch.fd != -1 &&
		    (oldest == NULL || r->address < oldest->address))
			oldest = r;
	}
	return oldest;
}

/* A free place; the oldest socket goes when there are too many. */
static struct racer *
make_place(struct dialer *d)
{
	struct racer *oldest = oldest_racer(d);
	size_t i = 0;

	if (oldest != NULL &&
	    (d->pending == DIALER_PENDING_MAX ||
		d->shared->extra >= d->shared->extra_max)) {
		note_failure(d, oldest->address, ETIMEDOUT);
		close_racer(d, oldest);
	}
	while (d->racers[i].watch.fd != -1)
		i++;
	return &d->racers[i];
}

/* A socket that connects; -1: errno says why. */
static int
open_socket(const union address *to, socklen_t length)
{
	int yes = 1, error;
	int fd = socket(to->any.sa_family,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP);

	if (fd == -1)
		return -1;
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
	if (connect(fd, &to->any, length) == 0 || errno == EINPROGRESS)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

static bool
is_own(const unsigned char address[EGRESS_ADDRESS_BYTES], void *arg)
{
	struct dialer_shared *shared = arg;

	return own_addresses_has(&shared->own, address,
	    loop_now_ms(shared->loop));
}

/* False: it cannot be connected to; why is noted. */
static bool
open_racer(struct dialer *d, size_t i)
{
	struct racer *r;
	union address to;
	socklen_t length = make_address(d, i, &to);

	if (!egress_address_may_connect(d->shared->policy, &to.any, is_own,
		d->shared)) {
		d->refused++;
		return false;
	}
	r = make_place(d);
	r->address = i;
	r->watch.events = EPOLLOUT;
	r->watch.fd = open_socket(&to, length);
	if (r->watch.fd == -1) {
		note_failure(d, i, errno);
		return false;
	}
	if (!loop_watch(d->shared->loop, &r->watch)) {
		note_failure(d, i, errno);
		close(r->watch.fd);
		r->watch.fd = -1;
		return false;
	}
	if (d->pending++ > 0)
		d->shared->extra++;
	note_peer(d, i);
	return true;
}

static void
give_up(struct dialer *d)
{
	finish(d,
	    d->count > 0 && d->refused == d->count ? DIALER_REFUSED
						   : DIALER_FAILED);
}

/* Begin the next that can be connected to. The caller's last deed. */
static void
try_next(struct dialer *d)
{
	while (d->next < d->count) {
		if (!open_racer(d, d->next++))
			continue;
		if (d->next == d->count ||
		    loop_set_timer(d->shared->loop, &d->delay,
			loop_now_ms(d->shared->loop) + DIALER_DELAY_MS))
			return;
		snprintf(d->why, sizeof d->why, "memory is short");
		break;
	}
	if (d->pending == 0 || d->next < d->count)
		give_up(d);
}

static void
delay_is_over(void *arg)
{
	try_next(arg);
}

static void
racer_ready(void *arg, uint32_t events)
{
	struct racer *r = arg;
	struct dialer *d = r->dialer;
	int error = 0, fd = r->watch.fd;
	socklen_t length = sizeof error;

	(void)events;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) == -1)
		error = errno;
	release_racer(d, r);
	if (error == 0) {
		d->fd = fd;
		note_peer(d, r->address);
		finish(d, DIALER_CONNECTED);
		return;
	}
	close(fd);
	note_failure(d, r->address, error);
	try_next(d);
}

static void
take_addresses(void *arg, enum resolver_result result,
    const struct resolver_address *addresses, size_t count, const char *why)
{
	struct dialer *d = arg;

	d->named_us = clock_now_us();
	if (result != RESOLVER_OK) {
		snprintf(d->why, sizeof d->why, "%s", why);
		finish(d, DIALER_FAILED);
		return;
	}
	d->count =
	    count < RESOLVER_ADDRESSES_MAX ? count : RESOLVER_ADDRESSES_MAX;
	memcpy(d->addresses, addresses, d->count * sizeof *addresses);
	try_next(d);
}

struct dialer *
dialer_open(struct dialer_shared *shared, const char *host, unsigned port,
    const unsigned char owner[OWNER_BYTES],
    void (*done)(void *arg, enum dialer_result result, const char *why),
    void *arg)
{
	struct dialer *d = calloc(1, sizeof *d);

	if (d == NULL)
		return NULL;
	d->shared = shared;
	d->host = host;
	d->port = port;
	d->owner = owner;
	d->done = done;
	d->arg = arg;
	d->fd = -1;
	d->query.answered = take_addresses;
	d->query.arg = d;
	d->delay.due = delay_is_over;
	d->delay.arg = d;
	for (size_t i = 0; i < DIALER_PENDING_MAX; i++) {
		d->racers[i].dialer = d;
		d->racers[i].watch.fd = -1;
		d->racers[i].watch.owner = owner;
		d->racers[i].watch.ready = racer_ready;
		d->racers[i].watch.arg = &d->racers[i];
	}
	return d;
}

void
dialer_start(struct dialer *d)
{
	if (resolver_address_parse((struct text){ d->host, strlen(d->host) },
		&d->addresses[0])) {
		d->count = 1;
		try_next(d);
	} else {
		resolver_ask(d->shared->resolver, &d->query, d->host, d->owner);
	}
}

void
dialer_close(struct dialer *d)
{
	if (d == NULL)
		return;
	resolver_withdraw(d->shared->resolver, &d->query);
	loop_clear_timer(d->shared->loop, &d->delay);
	close_racers(d);
	if (d->fd != -1)
		close(d->fd);
	free(d);
}

int
dialer_take_fd(struct dialer *d)
{
	int fd = d->fd;

	d->fd = -1;
	return fd;
}

const char *
dialer_peer(const struct dialer *d)
{
	return d->peer;
}

long long
dialer_named_us(const struct dialer *d)
{
	return d->named_us;
}
