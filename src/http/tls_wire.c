/* tls_wire.c - the socket under TLS: counted both ways, bounded each turn. */
#include "http/tls_wire.h"

#include <errno.h>
#include <sys/socket.h>

static bool
is_for_now(int error)
{
	return error == EAGAIN || error == EWOULDBLOCK || error == EINTR;
}

static int
read_wire(BIO *bio, char *to, int size)
{
	struct tls_wire *w = BIO_get_data(bio);
	size_t most = (size_t)size;
	ssize_t n;

	BIO_clear_retry_flags(bio);
	if (most > w->may_read)
		most = w->may_read;
	if (most == 0) {
		BIO_set_retry_read(bio);
		return -1;
	}
	n = recv(w->fd, to, most, 0);
	if (n > 0) {
		w->read += (unsigned long long)n;
		w->may_read = (size_t)n < most ? 0 : w->may_read - most;
		return (int)n;
	}
	w->may_read = 0;
	if (n == 0)
		w->ended = true;
	else if (is_for_now(errno))
		BIO_set_retry_read(bio);
	else
		w->error = errno;
	return (int)n;
}

static int
write_wire(BIO *bio, const char *from, int size)
{
	struct tls_wire *w = BIO_get_data(bio);
	ssize_t n = send(w->fd, from, (size_t)size, MSG_NOSIGNAL);

	BIO_clear_retry_flags(bio);
	/* an answer to this cannot have come yet */
	w->may_read = 0;
	if (n >= 0)
		w->written += (unsigned long long)n;
	else if (is_for_now(errno))
		BIO_set_retry_write(bio);
	else
		w->error = errno;
	return (int)n;
}

/* What is written is on its way. An end is told by ended alone. */
static long
control_wire(BIO *bio, int command, long number, void *pointer)
{
	(void)bio;
	(void)number;
	(void)pointer;
	return command == BIO_CTRL_FLUSH;
}

BIO_METHOD *
tls_wire_method(void)
{
	BIO_METHOD *method =
	    BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");

	if (method != NULL && BIO_meth_set_read(method, read_wire) &&
	    BIO_meth_set_write(method, write_wire) &&
	    BIO_meth_set_ctrl(method, control_wire))
		return method;
	BIO_meth_free(method);
	return NULL;
}

BIO *
tls_wire_bio(const BIO_METHOD *method, struct tls_wire *w)
{
	BIO *bio = BIO_new(method);

	if (bio == NULL)
		return NULL;
	BIO_set_data(bio, w);
	BIO_set_init(bio, 1);
	return bio;
}
