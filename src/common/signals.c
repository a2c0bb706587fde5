/*
 * signals.c - the signals that stop or reload a program: blocked, waited for.
 */
#include "common/signals.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

static void
fill_signal_set(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGHUP);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGUSR1);
}

static enum signal_wish
wish_of(int number)
{
	return number == SIGHUP ? SIGNAL_RELOAD : SIGNAL_STOP;
}

void
signals_block(void)
{
	sigset_t set;

	fill_signal_set(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

enum signal_wish
signals_await(unsigned ms)
{
	struct timespec wait = { .tv_sec = (time_t)(ms / 1000),
		.tv_nsec = (long)(ms % 1000) * 1000000 };
	sigset_t set;
	int number;

	fill_signal_set(&set);
	number = sigtimedwait(&set, NULL, &wait);
	return number > 0 ? wish_of(number) : SIGNAL_NONE;
}

int
signals_open(void)
{
	sigset_t set;

	fill_signal_set(&set);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

enum signal_wish
signals_take(int fd)
{
	struct signalfd_siginfo info;

	return read(fd, &info, sizeof info) == sizeof info
	    ? wish_of((int)info.ssi_signo)
	    : SIGNAL_NONE;
}
