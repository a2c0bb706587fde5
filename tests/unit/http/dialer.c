/* dialer.c - which address wins, which are skipped, how long it takes. */
#include "http/dialer.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "common/clock.h"

#define SILENT 6 /* addresses */

static struct egress_policy policy;
static struct dialer_shared shared = { .policy = &policy, .extra_max = 64 };
static char hosts[] = "/tmp/postern-hosts.XXXXXX";
static FILE *hosts_file;
static unsigned port;

static bool ended;
static enum dialer_result how;
static char why[256], peer[DIALER_PEER_MAX];
static struct dialer *dialer;
static size_t descriptors_most;

static struct sockaddr_in
address_of(unsigned last)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK - 1 + last),
		.sin_port = htons((uint16_t)port) };
}

/* Listen at 127.0.0.LAST, at the same port as the first. */
static int
listen_at(unsigned last, int backlog)
{
	struct sockaddr_in a = address_of(last);
	socklen_t length = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	cr_assert_eq(bind(fd, (struct sockaddr *)&a, length), 0);
	cr_assert_eq(listen(fd, backlog), 0);
	cr_assert_eq(getsockname(fd, (struct sockaddr *)&a, &length), 0);
	port = ntohs(a.sin_port);
	return fd;
}

/* Listens, but its queue is full, so that nothing answers any more. */
static void
be_silent_at(unsigned last)
{
	struct sockaddr_in a;

	(void)listen_at(last, 0);
	a = address_of(last);
	for (int i = 0; i < 2; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

		(void)connect(fd, (struct sockaddr *)&a, sizeof a);
	}
}

static void
set_up(void)
{
	int fd = mkstemp(hosts);

	cr_assert_neq(fd, -1);
	hosts_file = fdopen(fd, "w");
	cr_assert(egress_policy_allow(&policy, "127.0.0.0/24:1-65535"));
}

static void
name(const char *host, unsigned from, unsigned to)
{
	for (unsigned i = from; i <= to; i++)
		fprintf(hosts_file, "127.0.0.%u %s\n", i, host);
	fflush(hosts_file);
}

static size_t
count_descriptors(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t n = 0;

	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static void
note_end(void *arg, enum dialer_result result, const char *reason)
{
	cr_assert_not(ended);
	cr_assert_eq(arg, &ended);
	ended = true;
	how = result;
	snprintf(why, sizeof why, "%s", reason);
	snprintf(peer, sizeof peer, "%s", dialer_peer(dialer));
	if (how == DIALER_CONNECTED)
		close(dialer_take_fd(dialer));
	dialer_close(dialer);
}

static void
dial(const char *host)
{
	static const unsigned char owner[OWNER_BYTES];
	size_t before;

	shared.loop = loop_open();
	cr_assert_not_null(shared.loop);
	shared.resolver = resolver_open_from(shared.loop, 8,
	    &(struct resolver_sources){ hosts, "/dev/null", 53 });
	cr_assert_not_null(shared.resolver);
	before = count_descriptors();
	dialer = dialer_open(&shared, host, port, owner, note_end, &ended);
	cr_assert_not_null(dialer);
	dialer_start(dialer);
	while (!ended) {
		size_t n = count_descriptors() - before;

		if (n > descriptors_most)
			descriptors_most = n;
		loop_turn(shared.loop, 1000);
	}
	cr_assert_eq(count_descriptors(), before, "all sockets are closed");
	cr_assert_eq(shared.extra, 0);
	resolver_close(shared.resolver);
	loop_close(shared.loop);
	unlink(hosts);
}

static void
expect_connected(unsigned last)
{
	char text[DIALER_PEER_MAX];

	snprintf(text, sizeof text, "127.0.0.%u:%u", last, port);
	cr_assert_eq(how, DIALER_CONNECTED, "%s", why);
	cr_assert_str_eq(peer, text);
}

TestSuite(dialer, .init = set_up);

Test(dialer, an_address_in_place_of_a_name)
{
	listen_at(1, 8);
	dial("127.0.0.1");
	expect_connected(1);
}

Test(dialer, the_last_of_forty_addresses)
{
	listen_at(40, 8);
	name("forty.example", 1, 40);
	dial("forty.example");
	expect_connected(40);
}

Test(dialer, forty_addresses_where_nobody_listens)
{
	port = 9;
	name("forty.example", 1, 40);
	dial("forty.example");
	cr_assert_eq(how, DIALER_FAILED);
	cr_assert_str_eq(why,
	    "cannot connect to 127.0.0.40:9: Connection refused");
}

Test(dialer, an_address_where_we_never_send)
{
	listen_at(1, 8);
	policy.allow_count = 0;
	name("inside.example", 1, 4);
	dial("inside.example");
	cr_assert_eq(how, DIALER_REFUSED);
}

Test(dialer, refused_addresses_are_skipped)
{
	listen_at(2, 8);
	policy.allow_count = 0;
	cr_assert(egress_policy_allow(&policy, "127.0.0.2/32:1-65535"));
	name("mixed.example", 1, 3);
	dial("mixed.example");
	expect_connected(2);
}

Test(dialer, a_silent_address_costs_a_quarter_of_a_second)
{
	long long began = clock_now_ms();

	be_silent_at(1);
	listen_at(2, 8);
	name("half.example", 1, 2);
	dial("half.example");
	expect_connected(2);
	cr_assert_geq(clock_now_ms() - began, DIALER_DELAY_MS);
}

Test(dialer, at_most_four_sockets_wait)
{
	for (unsigned i = 1; i <= SILENT; i++)
		be_silent_at(i);
	listen_at(SILENT + 1, 8);
	name("silent.example", 1, SILENT + 1);
	dial("silent.example");
	expect_connected(SILENT + 1);
	cr_assert_eq(descriptors_most, DIALER_PENDING_MAX);
}

Test(dialer, one_socket_when_there_are_no_more_for_races)
{
	shared.extra_max = 0;
	be_silent_at(1);
	listen_at(2, 8);
	name("half.example", 1, 2);
	dial("half.example");
	expect_connected(2);
	cr_assert_eq(descriptors_most, 1);
}

Test(dialer, a_name_that_is_none)
{
	dial("no-such-name.invalid");
	cr_assert_eq(how, DIALER_FAILED);
	cr_assert_str_not_empty(why);
}
