/* transport.c - FastCGI's records in, a whole reply out, and no endless wait. */
#include "responder/transport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <criterion/criterion.h>

#define BEGIN               \
	"\1\1\0\1\0\10\0\0" \
	"\0\1\0\0\0\0\0\0"
#define METHOD              \
	"\1\4\0\1\0\24\0\0" \
	"\16\4REQUEST_METHODPOST"
#define NO_MORE_PARAMS "\1\4\0\1\0\0\0\0"
#define BODY               \
	"\1\5\0\1\0\5\0\0" \
	"hello"
#define NO_MORE_BODY "\1\5\0\1\0\0\0\0"
#define REPLY "Status: 200 OK\r\n\r\nwhole"
#define END_OF_REQUEST 3 /* the type of the last record */

static char directory[] = "/tmp/postern-transport-XXXXXX";
static struct sockaddr_un address = { .sun_family = AF_UNIX };
static struct transport *transport;
static int stop[2];

/* Descriptor 0 listens, as spawn-fcgi hands it over. */
static void
listen_on_zero(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	cr_assert_not_null(mkdtemp(directory));
	snprintf(address.sun_path, sizeof address.sun_path, "%s/s", directory);
	cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	cr_assert_eq(listen(fd, 8), 0);
	cr_assert_eq(dup2(fd, STDIN_FILENO), STDIN_FILENO);
	close(fd);
	cr_assert_eq(pipe(stop), 0);
	cr_assert_eq(transport_start(), TRANSPORT_FASTCGI);
	transport = transport_open(stop[0]);
	cr_assert_not_null(transport);
}

static void
clean_up(void)
{
	transport_close(transport);
	unlink(address.sun_path);
	rmdir(directory);
}

TestSuite(transport, .init = listen_on_zero, .fini = clean_up, .timeout = 60);

/* A web server that has sent these bytes, and what it is accepted as. */
static int
serve(const char *bytes, size_t length)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	cr_assert_eq(connect(fd, (struct sockaddr *)&address, sizeof address),
	    0);
	cr_assert_eq(write(fd, bytes, length), (ssize_t)length);
	cr_assert(transport_accept(transport));
	cr_assert_str_eq(transport_param(transport, "REQUEST_METHOD"), "POST");
	cr_assert_null(transport_param(transport, "REQUEST_URI"));
	return fd;
}

#define SERVE(text) serve(text, sizeof text - 1)

/* All that comes back: one record of output, then the request's end. */
static void
expect_reply(int fd)
{
	unsigned char got[512];
	size_t n = 0;
	ssize_t more;

	while ((more = read(fd, got + n, sizeof got - n)) > 0)
		n += (size_t)more;
	cr_assert_gt(n, 8 + strlen(REPLY));
	cr_assert_eq(memcmp(got + 8, REPLY, strlen(REPLY)), 0);
	cr_assert_eq(got[n - 15], END_OF_REQUEST);
	close(fd);
}

Test(transport, whole_request_and_reply)
{
	char body[16];
	int fd = SERVE(BEGIN METHOD NO_MORE_PARAMS BODY NO_MORE_BODY);

	cr_assert_eq(transport_read(transport, body, 5), 5);
	cr_assert_eq(memcmp(body, "hello", 5), 0);
	transport_send(transport, REPLY, strlen(REPLY));
	transport_finish(transport);
	expect_reply(fd);
}

Test(transport, a_body_may_end_early)
{
	char body[16];
	int fd = SERVE(BEGIN METHOD NO_MORE_PARAMS BODY NO_MORE_BODY);

	cr_assert_eq(transport_read(transport, body, sizeof body), 5);
	transport_send(transport, REPLY, strlen(REPLY));
	transport_finish(transport);
	expect_reply(fd);
}

Test(transport, a_body_that_breaks_off_is_none)
{
	char body[16];
	int fd = SERVE(BEGIN METHOD NO_MORE_PARAMS BODY);

	close(fd);
	cr_assert_eq(transport_read(transport, body, sizeof body), -1);
	transport_finish(transport);
}

Test(transport, a_body_that_does_not_come_is_not_waited_for)
{
	char body[16];
	int fd = SERVE(BEGIN METHOD NO_MORE_PARAMS BODY);
	time_t start = time(NULL);

	cr_assert_eq(transport_read(transport, body, sizeof body), -1);
	cr_assert_lt(time(NULL) - start, 10);
	close(fd);
	transport_finish(transport);
}

Test(transport, a_stop_is_seen)
{
	cr_assert_eq(write(stop[1], "x", 1), 1);
	cr_assert_not(transport_accept(transport));
}
