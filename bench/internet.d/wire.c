/*
 * wire.c - the path between two networks, each address at its own distance.
 *
 * usage: wire SEED ONE_US COMMAND [ARGUMENT]...
 *
 * Run in a network of its own, the sender's. Makes a second network, the
 * receivers', where every address of the internet is local, and runs COMMAND
 * there; and carries every packet from one to the other, late by half of the
 * round trip to the name that it goes to or comes from. So SYN, handshakes,
 * answers and resets all take their time, and TCP is the kernel's at either
 * end. Nothing is lost, unless the other side takes no more.
 */
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../process.h"
#include "world.h"

#define SLOT_US 250
#define SLOTS 8192 /* two seconds */
#define MTU 1500
#define TURN 128 /* packets taken at a time */
#define WORDS_MAX 16

struct packet {
	struct packet *next;
	int to;
	size_t length;
	unsigned char bytes[];
};

static struct {
	struct packet *first, **last;
} wheel[SLOTS];

static uint64_t seed, one_us, waiting, carried, dropped;
static int64_t turn; /* the first slot not emptied yet */
static volatile sig_atomic_t stopping;

static const char *const sender_commands[] = {
	"ip link set lo up",
	"ip link set path txqueuelen 20000 mtu 1500 up",
	"ip addr add 10.0.0.1/24 dev path",
	"ip route add 10.1.0.0/16 dev path",
	"ip -6 addr add fd00:1::1/64 dev path nodad",
	"ip -6 route add fd00::10.1.0.0/112 dev path",
	NULL,
};

static const char *const receiver_commands[] = {
	"ip link set lo up",
	"ip link set path txqueuelen 20000 mtu 1500 up",
	"ip addr add 10.0.0.2/24 dev path",
	"ip route add local 10.1.0.0/16 dev lo",
	"ip -6 addr add fd00:1::2/64 dev path nodad",
	"ip -6 route add local fd00::10.1.0.0/112 dev lo",
	NULL,
};

static void
run(const char *command)
{
	char text[128], *rest = NULL, *words[WORDS_MAX + 1] = { NULL };
	size_t n = 0;
	int status;
	pid_t pid;

	snprintf(text, sizeof text, "%s", command);
	for (char *w = strtok_r(text, " ", &rest); w != NULL && n < WORDS_MAX;
	     w = strtok_r(NULL, " ", &rest))
		words[n++] = w;
	if (posix_spawnp(&pid, words[0], NULL, NULL, words, environ) != 0 ||
	    waitpid(pid, &status, 0) != pid || status != 0)
		fail(command);
}

/* One end of the path in the network we are in, made ready by commands. */
static int
open_end(const char *const *commands)
{
	struct ifreq request = { .ifr_flags = IFF_TUN | IFF_NO_PI,
		.ifr_name = "path" };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd == -1 || ioctl(fd, TUNSETIFF, &request) == -1)
		fail("wire: /dev/net/tun");
	while (*commands != NULL)
		run(*commands++);
	return fd;
}

/* The name's number of a packet to it or from it. */
static uint32_t
number_of(const unsigned char *p, size_t length, bool outward)
{
	size_t at;

	if (length < 40)
		return UINT32_MAX;
	at = p[0] >> 4 == 4 ? (outward ? 16 : 12) : (outward ? 36 : 20);
	return world_number(p + at);
}

static void
put(int64_t slot, int to, const unsigned char *bytes, size_t length)
{
	struct packet *p = malloc(sizeof *p + length);
	size_t i = (size_t)(slot % SLOTS);

	if (p == NULL)
		fail("wire");
	p->next = NULL;
	p->to = to;
	p->length = length;
	memcpy(p->bytes, bytes, length);
	if (wheel[i].first == NULL)
		wheel[i].last = &wheel[i].first;
	*wheel[i].last = p;
	wheel[i].last = &p->next;
	waiting++;
}

static void
take(int from, int to, bool outward)
{
	unsigned char bytes[MTU];

	for (int i = 0; i < TURN; i++) {
		ssize_t n = read(from, bytes, sizeof bytes);
		uint32_t number;

		if (n <= 0)
			return;
		number = number_of(bytes, (size_t)n, outward);
		if (number > WORLD_ONE)
			continue;
		put((now_us(CLOCK_MONOTONIC) +
			world_look(seed, number, (uint32_t)one_us).rtt_us / 2) /
			    SLOT_US +
			1,
		    to, bytes, (size_t)n);
	}
}

static void
empty_slot(size_t i)
{
	struct packet *p = wheel[i].first, *next;

	wheel[i].first = NULL;
	for (; p != NULL; p = next) {
		next = p->next;
		if (write(p->to, p->bytes, p->length) == (ssize_t)p->length)
			carried++;
		else
			dropped++;
		waiting--;
		free(p);
	}
}

/* How long until the next packet is due; -1: there is none. */
static int64_t
wait_us(void)
{
	int64_t slot = turn, us;

	if (waiting == 0)
		return -1;
	while (wheel[slot % SLOTS].first == NULL)
		slot++;
	us = slot * SLOT_US - now_us(CLOCK_MONOTONIC);
	return us > 0 ? us : 0;
}

static void
carry(int sender, int receiver, int done)
{
	struct pollfd ends[] = { { sender, POLLIN, 0 }, { receiver, POLLIN, 0 },
		{ done, POLLIN, 0 } };

	turn = now_us(CLOCK_MONOTONIC) / SLOT_US;
	while (!stopping && (ends[2].revents & POLLHUP) == 0) {
		int64_t us = wait_us(), now;
		struct timespec t = { us / 1000000, us % 1000000 * 1000 };

		ppoll(ends, 3, us == -1 ? NULL : &t, NULL);
		for (now = now_us(CLOCK_MONOTONIC) / SLOT_US; turn <= now;
		     turn++)
			empty_slot((size_t)(turn % SLOTS));
		take(sender, receiver, true);
		take(receiver, sender, false);
	}
}

/* Run the command; its end, ours too, shows as a hang-up. */
static int
start(char **command)
{
	int pair[2];

	if (pipe(pair) == -1)
		fail("wire");
	switch (fork()) {
	case -1:
		fail("wire");
		break;
	case 0:
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		close(pair[0]);
		execvp(command[0], command);
		fail(command[0]);
	}
	close(pair[1]);
	return pair[0];
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
	int here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	int sender, receiver, done;

	if (argc < 4) {
		fputs("usage: wire SEED ONE_US COMMAND [ARGUMENT]...\n",
		    stderr);
		return 2;
	}
	seed = world_parse(argv[1], UINT64_MAX);
	one_us = world_parse(argv[2], 2000000);
	signal(SIGTERM, stop);
	sender = open_end(sender_commands);
	if (unshare(CLONE_NEWNET) == -1)
		fail("wire: unshare");
	receiver = open_end(receiver_commands);
	done = start(argv + 3);
	/* whoever enters the network of this process is to be the sender */
	if (setns(here, CLONE_NEWNET) == -1)
		fail("wire: setns");
	carry(sender, receiver, done);
	fprintf(stderr, "wire: %llu packets carried, %llu dropped\n",
	    (unsigned long long)carried, (unsigned long long)dropped);
	return 0;
}
