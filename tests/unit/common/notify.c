/* notify.c - what systemd's socket is sent, and when nothing is. */
#include "common/notify.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <criterion/criterion.h>

static char directory[] = "/tmp/postern-notify-XXXXXX";
static char path[64], abstract[64], got[1024];

static void
name_sockets(void)
{
	cr_assert_not_null(mkdtemp(directory));
	snprintf(path, sizeof path, "%s/socket", directory);
	snprintf(abstract, sizeof abstract, "@%s", directory);
}

static void
remove_sockets(void)
{
	unlink(path);
	rmdir(directory);
}

TestSuite(notify, .init = name_sockets, .fini = remove_sockets);

/* A socket of that name, as systemd has one. */
static int
listen_as(const char *name)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	size_t length = strlen(name);

	memcpy(a.sun_path, name, length);
	if (*name == '@')
		a.sun_path[0] = '\0';
	cr_assert_eq(bind(fd, (struct sockaddr *)&a,
			 (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
			     length)),
	    0);
	setenv("NOTIFY_SOCKET", name, 1);
	return fd;
}

/* The next datagram; "": there is none. */
static const char *
receive(int fd)
{
	ssize_t n = recv(fd, got, sizeof got - 1, 0);

	got[n > 0 ? n : 0] = '\0';
	return got;
}

Test(notify, a_socket_may_be_a_path_or_abstract)
{
	const char *const names[] = { path, abstract };

	for (size_t i = 0; i < 2; i++) {
		int fd = listen_as(names[i]);

		notify_open();
		cr_assert_null(getenv("NOTIFY_SOCKET"),
		    "no child may speak for this process");
		notify_status(true, "%d in hand", 3);
		cr_expect_str_eq(receive(fd), "READY=1\nSTATUS=3 in hand\n");
		notify_status(false, "one\nREADY=1");
		cr_expect_str_eq(receive(fd), "STATUS=one READY=1\n",
		    "a status is one line");
		notify_reloading();
		cr_expect_eq(strncmp(receive(fd),
				 "RELOADING=1\nMONOTONIC_USEC=", 27),
		    0);
		notify_stopping();
		cr_expect_str_eq(receive(fd), "STOPPING=1\nSTATUS=stopping\n");
		notify_close();
		notify_alive();
		cr_expect_str_eq(receive(fd), "", "closed, nobody is told");
		close(fd);
	}
}

Test(notify, a_status_that_is_too_long_is_cut)
{
	int fd = listen_as(path);

	notify_open();
	notify_status(true, "%0*d", 1000, 0);
	cr_expect_eq(strlen(receive(fd)),
	    strlen("READY=1\nSTATUS=\n") + NOTIFY_STATUS_MAX - 1);
	cr_expect_eq(got[strlen(got) - 1], '\n');
	notify_close();
	close(fd);
}

Test(notify, names_that_mean_no_socket_are_harmless)
{
	char longest[sizeof(struct sockaddr_un)] = "/";
	const char *const names[] = { "", "/", "@", "socket", "vsock:2:1",
		longest };

	memset(longest + 1, 'x', sizeof longest - 2);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		setenv("NOTIFY_SOCKET", names[i], 1);
		notify_open();
		notify_status(true, "nobody hears it");
		notify_close();
	}
	unsetenv("NOTIFY_SOCKET");
	notify_open();
	notify_alive();
	notify_close();
}

Test(notify, the_watchdog_is_for_one_process)
{
	char own[16];
	const struct {
		const char *usec, *pid;
		unsigned ms;
	} rows[] = {
		{ "2000000", NULL, 1000 },
		{ "2000000", own, 1000 },
		{ "2000000", "1", 0 },
		{ "2000000", "x", 0 },
		{ NULL, own, 0 },
		{ "99999999999", NULL, 2147483 },
	};
	int fd = listen_as(path);

	snprintf(own, sizeof own, "%d", (int)getpid());
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		setenv("NOTIFY_SOCKET", path, 1);
		if (rows[i].usec != NULL)
			setenv("WATCHDOG_USEC", rows[i].usec, 1);
		if (rows[i].pid != NULL)
			setenv("WATCHDOG_PID", rows[i].pid, 1);
		notify_open();
		cr_expect_eq(notify_watchdog_ms(), rows[i].ms, "row %zu", i);
		cr_expect_null(getenv("WATCHDOG_USEC"));
		cr_expect_null(getenv("WATCHDOG_PID"));
		notify_close();
	}
	close(fd);
}
