/* name_stub.c - a name server in a thread. */
#include "name_stub.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "common/compiler.h"

#define PACKET_MAX 8192
#define UDP_MAX 512
#define LABELS_MAX 64
#define LABEL_SIZE 64

/* What a name is: how many addresses of each family, and its oddities. */
struct zone {
	const char *label;
	unsigned v4, v6;
	uint32_t ttl, alias_ttl;
	unsigned aliases;      /* on the way */
	int code;              /* of the answer */
	unsigned mute4, mute6; /* so many questions get no answer */
	unsigned fail_first;   /* so many are answered SERVFAIL */
	void (*lie)(unsigned char *packet); /* told before the truth */
};

static void
lie_about_id(unsigned char *packet)
{
	packet[1] ^= 1;
}

static void
lie_about_name(unsigned char *packet)
{
	packet[NS_HFIXEDSZ + 1] ^= 1;
}

static void
lie_about_direction(unsigned char *packet)
{
	packet[2] &= 0x7f;
}

#define ALWAYS 1000000

static const struct zone zones[] = {
	{ .label = "both", .v4 = 1, .v6 = 1, .ttl = 60 },
	{ .label = "v4", .v4 = 2, .ttl = 60 },
	{ .label = "v6", .v6 = 2, .ttl = 60 },
	{ .label = "none", .code = ns_r_nxdomain },
	{ .label = "empty" },
	{ .label = "servfail", .code = ns_r_servfail },
	{ .label = "refused", .code = ns_r_refused },
	{ .label = "formerr", .code = ns_r_formerr },
	{ .label = "many", .v4 = 40, .v6 = 40, .ttl = 60 },
	{ .label = "chain", .v4 = 1, .ttl = 200, .aliases = 3, .alias_ttl = 7 },
	{ .label = "dangling", .aliases = 2, .alias_ttl = 60 },
	{ .label = "ttl0", .v4 = 1, .v6 = 1 },
	{ .label = "mute", .mute4 = ALWAYS, .mute6 = ALWAYS },
	{ .label = "mute6", .v4 = 1, .ttl = 60, .mute6 = ALWAYS },
	{ .label = "mute4", .v6 = 1, .ttl = 60, .mute4 = ALWAYS },
	{ .label = "lost", .v4 = 1, .ttl = 60, .mute4 = 1, .mute6 = 1 },
	{ .label = "stumbles", .v4 = 1, .ttl = 60, .fail_first = 2 },
	{ .label = "liar-id", .v4 = 1, .ttl = 60, .lie = lie_about_id },
	{ .label = "liar-name", .v4 = 1, .ttl = 60, .lie = lie_about_name },
	{ .label = "liar-qr", .v4 = 1, .ttl = 60, .lie = lie_about_direction },
};

static struct count {
	char label[LABEL_SIZE];
	unsigned asked;
	unsigned of_family[2];
} counts[LABELS_MAX];
static unsigned tcp_questions, ports, uses[65536];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct count *
find_count(const char *label)
{
	struct count *c = counts;

	while (c->label[0] != '\0' && strcmp(c->label, label) != 0)
		c++;
	cr_assert_lt(c, counts + LABELS_MAX - 1);
	snprintf(c->label, sizeof c->label, "%s", label);
	return c;
}

static const struct zone *
find_zone(const char *label)
{
	static const struct zone unknown = { .code = ns_r_nxdomain };

	for (size_t i = 0; i < COUNT(zones); i++)
		if (strcmp(zones[i].label, label) == 0)
			return &zones[i];
	return &unknown;
}

/* A question's first label without its number: mute-17 is mute. */
static void
read_label(const unsigned char *packet, char label[LABEL_SIZE])
{
	size_t length = packet[NS_HFIXEDSZ];

	memcpy(label, packet + NS_HFIXEDSZ + 1, length);
	label[length] = '\0';
	while (
	    length > 0 && label[length - 1] >= '0' && label[length - 1] <= '9')
		length--;
	if (length > 1 && label[length - 1] == '-')
		label[length - 1] = '\0';
}

static unsigned char *
put_number(unsigned char *at, uint32_t number, int bytes)
{
	while (bytes-- > 0)
		*at++ = (unsigned char)(number >> 8 * bytes);
	return at;
}

static unsigned char *
put_record(unsigned char *at, unsigned name_at, uint32_t type, uint32_t ttl,
    const void *data, uint16_t length)
{
	at = put_number(at, 0xc000 | name_at, 2);
	at = put_number(at, type, 2);
	at = put_number(at, ns_c_in, 2);
	at = put_number(at, ttl, 4);
	at = put_number(at, length, 2);
	memcpy(at, data, length);
	return at + length;
}

/* Aliases a1, a2... of the root. The new name's place is returned. */
static unsigned char *
put_alias(unsigned char *packet, unsigned char *at, unsigned *name_at,
    unsigned number, uint32_t ttl)
{
	unsigned char name[] = { 2, 'a', (unsigned char)('0' + number), 0 };
	unsigned char *end =
	    put_record(at, *name_at, ns_t_cname, ttl, name, sizeof name);

	*name_at = (unsigned)(end - sizeof name - packet);
	return end;
}

static unsigned char *
put_addresses(const struct zone *z, unsigned char *at, unsigned name_at,
    uint32_t type)
{
	unsigned char v4[] = { 192, 0, 2, 0 };
	unsigned char v6[16] = { 0x20, 0x01, 0x0d, 0xb8 };
	unsigned count = type == ns_t_a ? z->v4 : z->v6;

	for (unsigned i = 1; i <= count; i++) {
		v4[3] = v6[15] = (unsigned char)i;
		at = type == ns_t_a
		    ? put_record(at, name_at, type, z->ttl, v4, sizeof v4)
		    : put_record(at, name_at, type, z->ttl, v6, sizeof v6);
	}
	return at;
}

/* The answer in place of the question; its length. */
static size_t
make_answer(const struct zone *z, unsigned char *packet, size_t question,
    uint32_t type, int code, bool tcp)
{
	unsigned char *at = packet + question;
	unsigned name_at = NS_HFIXEDSZ;
	unsigned records = 0;

	for (; records < z->aliases; records++)
		at = put_alias(packet, at, &name_at, records, z->alias_ttl);
	at = put_addresses(z, at, name_at, type);
	records += type == ns_t_a ? z->v4 : z->v6;
	packet[2] = 0x81;
	packet[3] = (unsigned char)(0x80 | code);
	if (code == ns_r_noerror && !tcp && at - packet > UDP_MAX) {
		packet[2] |= 2;
		records = 0;
	}
	if (code != ns_r_noerror)
		records = 0;
	packet[7] = (unsigned char)records;
	return records == 0 ? question : (size_t)(at - packet);
}

/* The answer in place of the question: its length; 0 for none. */
static size_t
answer_question(unsigned char *packet, size_t length, bool tcp,
    const struct zone **zone)
{
	size_t end = NS_HFIXEDSZ + strlen((char *)packet + NS_HFIXEDSZ) + 1;
	uint32_t type = (uint32_t)packet[end] << 8 | packet[end + 1];
	unsigned v4 = type == ns_t_a, nth;
	char label[LABEL_SIZE];
	struct count *c;
	int code;

	cr_assert_eq(length, end + NS_QFIXEDSZ);
	read_label(packet, label);
	*zone = find_zone(label);
	pthread_mutex_lock(&lock);
	c = find_count(label);
	c->asked++;
	nth = ++c->of_family[v4];
	tcp_questions += tcp;
	code = c->asked <= (*zone)->fail_first ? ns_r_servfail : (*zone)->code;
	pthread_mutex_unlock(&lock);
	if (nth <= (v4 ? (*zone)->mute4 : (*zone)->mute6))
		return 0;
	return make_answer(*zone, packet, length, type, code, tcp);
}

static void
note_port(const struct sockaddr_in *peer)
{
	pthread_mutex_lock(&lock);
	ports += uses[peer->sin_port]++ == 0;
	pthread_mutex_unlock(&lock);
}

static void
serve_udp(int fd)
{
	unsigned char packet[PACKET_MAX], lie[PACKET_MAX];
	struct sockaddr_in peer;
	socklen_t size = sizeof peer;
	ssize_t length = recvfrom(fd, packet, sizeof packet, 0,
	    (struct sockaddr *)&peer, &size);
	const struct zone *zone;
	size_t answer;

	cr_assert_gt(length, NS_HFIXEDSZ);
	note_port(&peer);
	answer = answer_question(packet, (size_t)length, false, &zone);
	if (answer == 0)
		return;
	if (zone->lie != NULL) {
		memcpy(lie, packet, answer);
		lie[answer - 1] = 66; /* the address's last byte */
		zone->lie(lie);
		sendto(fd, lie, answer, 0, (struct sockaddr *)&peer, size);
	}
	sendto(fd, packet, answer, 0, (struct sockaddr *)&peer, size);
}

static void
serve_tcp(int listener)
{
	int fd = accept(listener, NULL, NULL);
	unsigned char packet[2 + PACKET_MAX];
	const struct zone *zone;
	size_t length, answer;

	cr_assert_geq(fd, 0);
	while (recv(fd, packet, 2, MSG_WAITALL) == 2) {
		length = (size_t)(packet[0] << 8 | packet[1]);
		cr_assert_eq(recv(fd, packet + 2, length, MSG_WAITALL), length);
		answer = answer_question(packet + 2, length, true, &zone);
		packet[0] = (unsigned char)(answer >> 8);
		packet[1] = (unsigned char)answer;
		send(fd, packet, answer + 2, MSG_NOSIGNAL);
	}
	close(fd);
}

static struct pollfd sockets[2];

static void *
serve(void *arg)
{
	for (;;) {
		cr_assert_gt(poll(sockets, 2, -1), 0);
		if (sockets[0].revents != 0)
			serve_udp(sockets[0].fd);
		if (sockets[1].revents != 0)
			serve_tcp(sockets[1].fd);
	}
	return arg;
}

/* A TCP port whose number is free for UDP too. */
static uint16_t
bind_sockets(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t size = sizeof a;
	int udp = socket(AF_INET, SOCK_DGRAM, 0);
	int tcp = socket(AF_INET, SOCK_STREAM, 0);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	cr_assert_eq(bind(udp, (struct sockaddr *)&a, sizeof a), 0);
	getsockname(udp, (struct sockaddr *)&a, &size);
	if (bind(tcp, (struct sockaddr *)&a, sizeof a) != 0) {
		close(udp);
		close(tcp);
		return 0;
	}
	cr_assert_eq(listen(tcp, 64), 0);
	sockets[0] = (struct pollfd){ .fd = udp, .events = POLLIN };
	sockets[1] = (struct pollfd){ .fd = tcp, .events = POLLIN };
	return ntohs(a.sin_port);
}

uint16_t
name_stub_start(void)
{
	pthread_t thread;
	uint16_t port;

	while ((port = bind_sockets()) == 0)
		;
	cr_assert_eq(pthread_create(&thread, NULL, serve, NULL), 0);
	pthread_detach(thread);
	return port;
}

unsigned
name_stub_asked(const char *label)
{
	unsigned asked;

	pthread_mutex_lock(&lock);
	asked = find_count(label)->asked;
	pthread_mutex_unlock(&lock);
	return asked;
}

unsigned
name_stub_tcp(void)
{
	unsigned n;

	pthread_mutex_lock(&lock);
	n = tcp_questions;
	pthread_mutex_unlock(&lock);
	return n;
}

unsigned
name_stub_ports(void)
{
	unsigned n;

	pthread_mutex_lock(&lock);
	n = ports;
	pthread_mutex_unlock(&lock);
	return n;
}

unsigned
name_stub_port_uses(void)
{
	unsigned most = 0;

	pthread_mutex_lock(&lock);
	for (size_t i = 0; i < COUNT(uses); i++)
		if (uses[i] > most)
			most = uses[i];
	pthread_mutex_unlock(&lock);
	return most;
}
