/* connection.c - bytes to and from one peer, by TLS or plainly. */
#include "http/connection.h"

#include <errno.h>
#include <linux/sockios.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

struct connection *
connection_open(struct loop *l, int fd,
    void (*ready)(void *arg, uint32_t events))
{
	struct connection *c = calloc(1, sizeof *c);
	int error;

	if (c != NULL) {
		c->pooled.connection = c;
		c->watch = (struct loop_watch){ .fd = fd,
			.events = EPOLLIN,
			.ready = ready,
			.arg = c,
			.owner = c->owner };
		if (loop_watch(l, &c->watch))
			return c;
	}
	error = errno;
	free(c);
	close(fd);
	errno = error;
	return NULL;
}

bool
connection_begin_tls(struct connection *c, struct tls_context *tls,
    const char *host, unsigned port)
{
	c->tls = tls_open(tls, c->watch.fd, host, port);
	return c->tls != NULL;
}

void
connection_close(struct loop *l, struct connection *c)
{
	tls_close(c->tls);
	loop_unwatch(l, &c->watch);
	close(c->watch.fd);
	free(c);
}

static enum tls_result
note_error(struct connection *c, enum tls_result blocked)
{
	if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)
		return blocked;
	c->error = errno;
	return TLS_FAILED;
}

enum tls_result
connection_read(struct connection *c, void *to, size_t size, size_t *length)
{
	ssize_t n;

	if (c->tls != NULL)
		return tls_read(c->tls, to, size, length);
	n = recv(c->watch.fd, to, size, 0);
	if (n < 0)
		return note_error(c, TLS_WANT_READ);
	if (n == 0)
		return TLS_CLOSED;
	c->read_plain += (size_t)n;
	*length = (size_t)n;
	return TLS_OK;
}

enum tls_result
connection_write(struct connection *c, const void *from, size_t size,
    size_t *length)
{
	ssize_t n;

	if (c->tls != NULL)
		return tls_write(c->tls, from, size, length);
	n = send(c->watch.fd, from, size, MSG_NOSIGNAL);
	if (n < 0)
		return note_error(c, TLS_WANT_WRITE);
	c->written_plain += (size_t)n;
	*length = (size_t)n;
	return TLS_OK;
}

bool
connection_pending(const struct connection *c)
{
	return c->tls != NULL && tls_pending(c->tls);
}

bool
connection_unread(const struct connection *c)
{
	int count = 0;

	(void)ioctl(c->watch.fd, FIONREAD, &count);
	return count > 0;
}

unsigned long long
connection_wire_read(const struct connection *c)
{
	return c->tls != NULL ? tls_wire_read(c->tls) : c->read_plain;
}

unsigned long long
connection_wire_written(const struct connection *c)
{
	return c->tls != NULL ? tls_wire_written(c->tls) : c->written_plain;
}

size_t
connection_unacknowledged(const struct connection *c)
{
	int count = 0;

	(void)ioctl(c->watch.fd, SIOCOUTQ, &count);
	return count < 0 ? 0 : (size_t)count;
}

void
connection_why(const struct connection *c, char why[TLS_WHY_MAX])
{
	if (c->tls != NULL)
		tls_why(c->tls, why);
	else
		snprintf(why, TLS_WHY_MAX, "%s",
		    c->error != 0 ? strerror(c->error)
				  : "the connection was closed");
}
