/*
 * notify.c - tells systemd how this program is: sd_notify, without libsystemd.
 */
#include "common/notify.h"

#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/text.h"

#define TELL_MS 10000
#define MESSAGE_MAX (NOTIFY_STATUS_MAX + 64)

static struct {
	int fd; /* -1: nobody is told */
	struct sockaddr_un address;
	socklen_t length;
	unsigned watchdog_ms;
	long long due_ms;
} peer = { .fd = -1 };

/* A path, or "@" and an abstract name. False: it is neither, or too long. */
static bool
set_address(const char *name)
{
	size_t length = strlen(name);

	if ((*name != '/' && *name != '@') || length < 2 ||
	    length >= sizeof peer.address.sun_path)
		return false;
	peer.address.sun_family = AF_UNIX;
	memcpy(peer.address.sun_path, name, length);
	peer.length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
	    length + (*name == '/'));
	if (*name == '@')
		peer.address.sun_path[0] = '\0';
	return true;
}

/* Half of WATCHDOG_USEC, if it is for this process. */
static unsigned
read_watchdog(void)
{
	const char *usec = getenv("WATCHDOG_USEC");
	const char *pid = getenv("WATCHDOG_PID");
	unsigned n;

	if (usec == NULL ||
	    (pid != NULL &&
		(!text_number((struct text){ pid, strlen(pid) }, INT_MAX, &n) ||
		    n != (unsigned)getpid())))
		return 0;
	/* too long a time to be a number of ours is more than an hour */
	if (!text_number((struct text){ usec, strlen(usec) }, UINT_MAX, &n))
		n = UINT_MAX;
	return n / 2000;
}

void
notify_open(void)
{
	const char *name = getenv("NOTIFY_SOCKET");

	if (name != NULL && set_address(name))
		peer.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (peer.fd != -1)
		peer.watchdog_ms = read_watchdog();
	unsetenv("NOTIFY_SOCKET");
	unsetenv("WATCHDOG_USEC");
	unsetenv("WATCHDOG_PID");
}

void
notify_close(void)
{
	if (peer.fd != -1)
		close(peer.fd);
	peer.fd = -1;
}

/* It must not wait: who does not listen does not want to know. */
static void
send_message(const char *message)
{
	if (peer.fd != -1)
		(void)sendto(peer.fd, message, strlen(message),
		    MSG_DONTWAIT | MSG_NOSIGNAL,
		    (const struct sockaddr *)&peer.address, peer.length);
}

void
notify_status(bool ready, const char *format, ...)
{
	char status[NOTIFY_STATUS_MAX], message[MESSAGE_MAX];
	va_list args;

	va_start(args, format);
	vsnprintf(status, sizeof status, format, args);
	va_end(args);
	/* a line is one of the protocol's */
	for (char *p = status; *p != '\0'; p++)
		if (*p == '\n')
			*p = ' ';
	snprintf(message, sizeof message, "%sSTATUS=%s\n",
	    ready ? "READY=1\n" : "", status);
	send_message(message);
}

void
notify_reloading(void)
{
	char message[MESSAGE_MAX];

	snprintf(message, sizeof message, "RELOADING=1\nMONOTONIC_USEC=%lld\n",
	    clock_now_us());
	send_message(message);
}

void
notify_stopping(void)
{
	send_message("STOPPING=1\nSTATUS=stopping\n");
}

void
notify_alive(void)
{
	send_message("WATCHDOG=1\n");
}

unsigned
notify_watchdog_ms(void)
{
	return peer.watchdog_ms;
}

bool
notify_is_due(void)
{
	long long now = clock_now_ms();

	if (now < peer.due_ms)
		return false;
	peer.due_ms = now + TELL_MS;
	if (peer.watchdog_ms > 0 && peer.watchdog_ms < TELL_MS)
		peer.due_ms = now + peer.watchdog_ms;
	return true;
}
