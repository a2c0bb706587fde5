/* keyboard.c - keys as they are pressed, and signals, for what runs on. */
#include "cli/keyboard.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "common/clock.h"

struct keyboard {
	int stop;    /* signals that end it; never read */
	int resumed; /* SIGCONT */
	bool keys;   /* standard input is a terminal, and ours to read */
	sigset_t before;
	struct termios shown, raw;
};

static int
block(int first, int second, int third)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, first);
	sigaddset(&set, second);
	sigaddset(&set, third);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* In the background one may not touch the terminal. */
static bool
is_in_front(void)
{
	return isatty(STDIN_FILENO) && tcgetpgrp(STDIN_FILENO) == getpgrp();
}

static void
take_terminal(struct keyboard *k)
{
	k->keys = is_in_front() && tcgetattr(STDIN_FILENO, &k->shown) == 0;
	if (!k->keys)
		return;
	k->raw = k->shown;
	k->raw.c_lflag &= (tcflag_t) ~(ICANON | ECHO);
	k->raw.c_cc[VMIN] = 1;
	k->raw.c_cc[VTIME] = 0;
	k->keys = tcsetattr(STDIN_FILENO, TCSANOW, &k->raw) == 0;
}

struct keyboard *
keyboard_open(void)
{
	struct keyboard *k = calloc(1, sizeof *k);

	if (k == NULL)
		return NULL;
	sigprocmask(SIG_SETMASK, NULL, &k->before);
	k->stop = block(SIGINT, SIGTERM, SIGHUP);
	k->resumed = block(SIGCONT, SIGCONT, SIGCONT);
	take_terminal(k);
	return k;
}

void
keyboard_close(struct keyboard *keyboard)
{
	struct signalfd_siginfo info;

	if (keyboard == NULL)
		return;
	if (keyboard->keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &keyboard->shown);
	/* what has been obeyed must not kill as well */
	while (read(keyboard->stop, &info, sizeof info) > 0)
		;
	close(keyboard->stop);
	close(keyboard->resumed);
	sigprocmask(SIG_SETMASK, &keyboard->before, NULL);
	free(keyboard);
}

int
keyboard_stop(const struct keyboard *keyboard)
{
	return keyboard->stop;
}

bool
keyboard_stopped(struct keyboard *keyboard)
{
	struct pollfd stop = { .fd = keyboard->stop, .events = POLLIN };

	return poll(&stop, 1, 0) != 0;
}

bool
keyboard_has_keys(const struct keyboard *keyboard)
{
	return keyboard->keys;
}

/* Shells give the terminal back as it was before. */
static void
resume(struct keyboard *k)
{
	struct signalfd_siginfo info;

	while (read(k->resumed, &info, sizeof info) > 0)
		;
	if (k->keys && is_in_front())
		tcsetattr(STDIN_FILENO, TCSANOW, &k->raw);
}

char
keyboard_wait(struct keyboard *keyboard, unsigned ms)
{
	long long end = clock_now_ms() + ms, left;
	char key;

	while ((left = end - clock_now_ms()) >= 0) {
		struct pollfd fds[] = {
			{ .fd = keyboard->stop, .events = POLLIN },
			{ .fd = keyboard->resumed, .events = POLLIN },
			{ .fd = keyboard->keys ? STDIN_FILENO : -1,
			    .events = POLLIN },
		};

		if (poll(fds, COUNT(fds), (int)left) <= 0 ||
		    fds[0].revents != 0)
			return 0;
		if (fds[1].revents != 0)
			resume(keyboard);
		if (fds[2].revents == 0)
			continue;
		if (read(STDIN_FILENO, &key, 1) == 1)
			return key;
		keyboard->keys = false;
	}
	return 0;
}
