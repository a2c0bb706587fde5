/* transport.c - requests in and responses out, over FastCGI or plain CGI. */
#include "responder/transport.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <fcgiapp.h>

#include "common/clock.h"
#include "common/log.h"

#define LISTENER STDIN_FILENO
#define PAUSE_MS 100   /* after EMFILE and friends */
#define DRAIN_READS 80 /* of 4 KiB: more than any body we take */
#define PIECE 65536

struct transport {
	int epoll_fd, stop_fd;
	FCGX_Request request;
	bool served;             /* CGI: the one request was taken */
	unsigned char *response; /* where it begins; NULL: nowhere yet */
	size_t response_length;  /* bytes of it */
};

static enum transport_kind kind;

static bool
is_listener(int fd)
{
	int listening = 0;
	socklen_t size = sizeof listening;

	return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) ==
	    0 &&
	    listening != 0;
}

bool
transport_is_cgi(void)
{
	return getenv("GATEWAY_INTERFACE") != NULL;
}

enum transport_kind
transport_start(void)
{
	kind = TRANSPORT_NONE;
	if (is_listener(LISTENER)) {
		int flags = fcntl(LISTENER, F_GETFL);

		if (FCGX_Init() == 0 && flags != -1 &&
		    fcntl(LISTENER, F_SETFL, flags | O_NONBLOCK) == 0)
			kind = TRANSPORT_FASTCGI;
	} else if (transport_is_cgi()) {
		kind = TRANSPORT_CGI;
	}
	return kind;
}

static bool
watch_descriptor(int epoll_fd, int fd, unsigned events)
{
	struct epoll_event e = { .events = events, .data.fd = fd };

	return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &e) == 0;
}

struct transport *
transport_open(int stop_fd)
{
	struct transport *t = calloc(1, sizeof *t);

	if (t == NULL)
		return NULL;
	t->epoll_fd = -1;
	t->stop_fd = stop_fd;
	if (kind == TRANSPORT_CGI)
		return t;
	t->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	/* exclusive: a connection wakes one thread, not all of them */
	if (t->epoll_fd != -1 &&
	    watch_descriptor(t->epoll_fd, LISTENER, EPOLLIN | EPOLLEXCLUSIVE) &&
	    watch_descriptor(t->epoll_fd, stop_fd, EPOLLIN) &&
	    FCGX_InitRequest(&t->request, LISTENER, 0) == 0)
		return t;
	log_line(LOG_ERR, "cannot listen: %s", strerror(errno));
	transport_close(t);
	return NULL;
}

void
transport_close(struct transport *t)
{
	if (t == NULL)
		return;
	if (t->epoll_fd != -1)
		close(t->epoll_fd);
	free(t);
}

static bool
accept_cgi(struct transport *t)
{
	bool first = !t->served;

	t->served = true;
	return first;
}

/* Wait for a connection; false when the service stops. */
static bool
await_connection(struct transport *t)
{
	struct epoll_event ready[2];
	int n;

	do
		n = epoll_wait(t->epoll_fd, ready, 2, -1);
	while (n < 1);
	while (n-- > 0)
		if (ready[n].data.fd == t->stop_fd)
			return false;
	return true;
}

bool
transport_accept(struct transport *t)
{
	if (kind == TRANSPORT_CGI)
		return accept_cgi(t);
	while (await_connection(t))
		switch (FCGX_Accept_r(&t->request)) {
		case 0:
			return true;
		case -EAGAIN: /* another thread was faster */
			break;
		default:
			poll(NULL, 0, PAUSE_MS);
		}
	return false;
}

const char *
transport_param(const struct transport *t, const char *name)
{
	if (kind == TRANSPORT_CGI)
		return getenv(name);
	return FCGX_GetParam(name, t->request.envp);
}

static ssize_t
read_cgi(char *buffer, size_t size)
{
	size_t got = 0;

	while (got < size) {
		ssize_t n = read(STDIN_FILENO, buffer + got, size - got);

		if (n == 0)
			break;
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)
			return -1;
		got += (size_t)n;
	}
	return (ssize_t)got;
}

/* What the stream holds already is taken at once; more has its time. */
static ssize_t
read_fastcgi(FCGX_Stream *in, char *buffer, size_t size)
{
	long long deadline = clock_now_ms() + TRANSPORT_BODY_MS +
	    (long long)(size / PIECE) * TRANSPORT_PIECE_MS;
	size_t got = 0;

	while (got < size && clock_now_ms() < deadline) {
		size_t here = (size_t)(in->stop - in->rdNext);
		size_t want = here == 0 ? 1 : here;

		if (want > size - got)
			want = size - got;
		if (FCGX_GetStr(buffer + got, (int)want, in) < (int)want)
			break;
		got += want;
	}
	if (got < size)
		return clock_now_ms() >= deadline || FCGX_GetError(in) != 0
		    ? -1
		    : (ssize_t)got;
	/* the empty record behind the body, so that nothing is left unread */
	FCGX_GetChar(in);
	return (ssize_t)got;
}

ssize_t
transport_read(struct transport *t, char *buffer, size_t size)
{
	const struct timeval pause = { .tv_sec = 1 };

	if (kind == TRANSPORT_CGI)
		return read_cgi(buffer, size);
	setsockopt(t->request.ipcFd, SOL_SOCKET, SO_RCVTIMEO, &pause,
	    sizeof pause);
	return read_fastcgi(t->request.in, buffer, size);
}

/*
 * What nobody read of the body, so that the web server is not told of a
 * broken connection before it has the response.
 */
static void
drain_cgi(void)
{
	struct pollfd p = { .fd = STDIN_FILENO, .events = POLLIN };
	char rest[4096];

	for (int i = 0; i < DRAIN_READS && poll(&p, 1, PAUSE_MS) > 0; i++)
		if (read(STDIN_FILENO, rest, sizeof rest) <= 0)
			return;
}

static void
write_cgi(const char *text, size_t length)
{
	while (length > 0) {
		ssize_t n = write(STDOUT_FILENO, text, length);

		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		text += n;
		length -= (size_t)n;
	}
}

void
transport_write(struct transport *t, const char *text, size_t length)
{
	if (kind == TRANSPORT_CGI) {
		write_cgi(text, length);
		return;
	}
	if (t->response == NULL)
		t->response = t->request.out->wrNext;
	t->response_length += length;
	FCGX_PutStr(text, (int)length, t->request.out);
}

/*
 * Closing the second of the two streams writes all there is in one piece,
 * with the end of the request. The buffer stays until transport_finish frees
 * it; in between, what the response left there is wiped.
 */
void
transport_send(struct transport *t, const char *text, size_t length)
{
	size_t space;

	transport_write(t, text, length);
	if (kind == TRANSPORT_CGI)
		return;
	space = (size_t)(t->request.out->stop - t->response);
	FCGX_FClose(t->request.err);
	FCGX_FClose(t->request.out);
	explicit_bzero(t->response,
	    t->response_length < space ? t->response_length : space);
	t->response = NULL;
	t->response_length = 0;
}

void
transport_linger(struct transport *t)
{
	struct pollfd p = { .fd = t->request.ipcFd, .events = POLLIN };

	/* nginx closes when it has seen the end of the stream */
	if (kind == TRANSPORT_FASTCGI && shutdown(p.fd, SHUT_WR) == 0)
		poll(&p, 1, TRANSPORT_LINGER_MS);
}

void
transport_finish(struct transport *t)
{
	if (kind == TRANSPORT_CGI) {
		drain_cgi();
		return;
	}
	if (FCGX_HasSeenEOF(t->request.in) == 0) {
		/* lingers, so that the response outlives what was not read */
		FCGX_Finish_r(&t->request);
		FCGX_Free(&t->request, 1);
		return;
	}
	FCGX_Free(&t->request, 0);
	close(t->request.ipcFd);
	t->request.ipcFd = -1;
}
