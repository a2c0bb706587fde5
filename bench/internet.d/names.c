/*
 * names.c - a name server for internet.test, on 127.0.0.1.
 *
 * usage: names SEED NAMES
 *
 * A and AAAA, with a time to live of a minute. It answers at once, as a cache
 * nearby does; a name whose own server is silent gets no answer, and one that
 * is not there NXDOMAIN (RFC 1035, 4.1).
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "world.h"

#define HEAD 12
#define PACKET_MAX 512
#define TYPE_A 1
#define TYPE_AAAA 28
#define TTL_S 60

static uint64_t seed, count;

struct question {
	char name[256];
	size_t end; /* of the question in the packet */
	unsigned type;
};

static bool
read_question(const unsigned char *packet, size_t length, struct question *q)
{
	size_t at = HEAD, n = 0;

	while (at < length && packet[at] != 0) {
		size_t label = packet[at++];

		if (label > 63 || label >= length - at ||
		    n + label + 2 > sizeof q->name)
			return false;
		memcpy(q->name + n, packet + at, label);
		n += label;
		q->name[n++] = '.';
		at += label;
	}
	if (at + 5 > length || n == 0)
		return false;
	q->name[n - 1] = '\0';
	q->type = (unsigned)packet[at + 1] << 8 | packet[at + 2];
	q->end = at + 5;
	return true;
}

/* The number of a name; WORLD_NAMES_MAX: it is none of ours. */
static uint32_t
number_of(const char *name)
{
	char zone[64];
	unsigned number;

	if ((name[0] | 32) != 'n' ||
	    sscanf(name + 1, "%u.%63s", &number, zone) != 2 ||
	    strcasecmp(zone, WORLD_ZONE) != 0 ||
	    (number >= count && number != WORLD_ONE))
		return WORLD_NAMES_MAX;
	return number;
}

static size_t
add_address(unsigned char *p, unsigned type, uint32_t number)
{
	static const unsigned char six[12] = { 0xfd };
	uint32_t address = htonl(WORLD_ADDRESS + number);
	unsigned size = type == TYPE_A ? 4 : 16;
	const unsigned char head[] = { 0xc0, HEAD, 0, (unsigned char)type, 0, 1,
		0, 0, 0, TTL_S, 0, (unsigned char)size };

	memcpy(p, head, sizeof head);
	memcpy(p + sizeof head, six, size - 4);
	memcpy(p + sizeof head + size - 4, &address, 4);
	return sizeof head + size;
}

/* Turn a question into its answer; 0: say nothing. */
static size_t
answer(unsigned char *packet, size_t length)
{
	struct question q;
	struct world_name w = { .kind = WORLD_MISSING };
	uint32_t number;
	size_t end;

	if (length < HEAD || !read_question(packet, length, &q))
		return 0;
	number = number_of(q.name);
	if (number != WORLD_NAMES_MAX)
		w = world_look(seed, number, 0);
	if (w.kind == WORLD_MUTE)
		return 0;
	memset(packet + 6, 0, HEAD - 6);
	packet[2] = (unsigned char)(0x80 | (packet[2] & 1));
	packet[3] = w.kind == WORLD_MISSING ? 0x83 : 0x80;
	end = q.end;
	if (w.kind != WORLD_MISSING &&
	    (q.type == TYPE_A || (q.type == TYPE_AAAA && w.six))) {
		packet[7] = 1;
		end += add_address(packet + end, q.type, number);
	}
	return end;
}

int
main(int argc, char **argv)
{
	struct sockaddr_in here = { .sin_family = AF_INET,
		.sin_port = htons(53),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), size = 4 << 20;

	if (argc != 3) {
		fputs("usage: names SEED NAMES\n", stderr);
		return 2;
	}
	seed = world_parse(argv[1], UINT64_MAX);
	count = world_parse(argv[2], WORLD_NAMES_MAX);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
	if (bind(fd, (struct sockaddr *)&here, sizeof here) == -1) {
		perror("names: 127.0.0.1:53");
		return 1;
	}
	for (;;) {
		unsigned char packet[PACKET_MAX + 64];
		struct sockaddr_in peer;
		socklen_t peer_size = sizeof peer;
		ssize_t n = recvfrom(fd, packet, PACKET_MAX, 0,
		    (struct sockaddr *)&peer, &peer_size);
		size_t length = n > 0 ? answer(packet, (size_t)n) : 0;

		if (length > 0)
			sendto(fd, packet, length, 0, (struct sockaddr *)&peer,
			    peer_size);
	}
}
