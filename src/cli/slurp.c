/* slurp.c - a whole file, or all of standard input, into memory. */
#include "cli/slurp.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#define STEP 65536

static bool
open_file(const char *path, bool private, int *fd, char *why, size_t why_size)
{
	struct stat st;

	*fd = strcmp(path, "-") == 0
	    ? STDIN_FILENO
	    : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (*fd == -1 || fstat(*fd, &st) == -1) {
		snprintf(why, why_size, "%s: %s", path, strerror(errno));
		return false;
	}
	if (private && S_ISREG(st.st_mode) && (st.st_mode & 077) != 0) {
		snprintf(why, why_size,
		    "%s: others can read this: chmod 600 it", path);
		return false;
	}
	return true;
}

/* The next piece at the end of *text, which grows. 0: the end. */
static ssize_t
read_more(int fd, char **text, size_t length)
{
	char *more = realloc(*text, length + STEP + 1);
	ssize_t n;

	if (more == NULL)
		return -1;
	*text = more;
	do
		n = read(fd, more + length, STEP);
	while (n == -1 && errno == EINTR);
	return n;
}

char *
slurp_file(const char *path, size_t most, bool private, size_t *length,
    char *why, size_t why_size)
{
	char *text = NULL;
	bool ok = false;
	ssize_t n = 0;
	int fd;

	*length = 0;
	if (!open_file(path, private, &fd, why, why_size))
		goto out;
	while (*length <= most && (n = read_more(fd, &text, *length)) > 0)
		*length += (size_t)n;
	ok = n == 0;
	if (n == -1)
		snprintf(why, why_size, "%s: %s", path, strerror(errno));
	else if (!ok)
		snprintf(why, why_size, "%s: it has over %zu bytes", path,
		    most);
	else
		text[*length] = '\0';
out:
	if (fd > STDIN_FILENO)
		close(fd);
	if (!ok) {
		free(text);
		text = NULL;
	}
	return text;
}

static bool
read_line(int tty, int signals, char *line, size_t size)
{
	struct pollfd fds[] = { { .fd = tty, .events = POLLIN },
		{ .fd = signals, .events = POLLIN } };
	size_t n = 0;

	do {
		if (poll(fds, COUNT(fds), -1) == -1 || fds[1].revents != 0 ||
		    read(tty, line + n, 1) != 1)
			return false;
	} while (line[n] != '\n' && ++n < size - 1);
	line[n] = '\0';
	return n > 0;
}

static bool
read_hidden(int tty, int signals, const char *prompt, char *line, size_t size)
{
	struct termios shown, hidden;
	bool ok;

	if (tcgetattr(tty, &shown) == -1)
		return false;
	hidden = shown;
	hidden.c_lflag &= (tcflag_t)~ECHO;
	hidden.c_lflag |= ECHONL;
	if (tcsetattr(tty, TCSAFLUSH, &hidden) == -1)
		return false;
	ok = dprintf(tty, "%s", prompt) > 0 &&
	    read_line(tty, signals, line, size);
	tcsetattr(tty, TCSANOW, &shown);
	return ok;
}

bool
slurp_hidden_line(const char *prompt, char *line, size_t size)
{
	static const int ends[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
	int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	int signals;
	sigset_t set, before;
	bool ok;

	if (tty == -1)
		return false;
	/* What comes meanwhile waits until the terminal is as it was. */
	sigemptyset(&set);
	for (size_t i = 0; i < COUNT(ends); i++)
		sigaddset(&set, ends[i]);
	sigprocmask(SIG_BLOCK, &set, &before);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	ok = signals != -1 && read_hidden(tty, signals, prompt, line, size);
	if (signals != -1)
		close(signals);
	close(tty);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return ok;
}
