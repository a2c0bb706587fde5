/* stop_signals.c - the signals that stop a program, blocked and waited for. */
#include "common/stop_signals.h"

#include <signal.h>
#include <time.h>

static void
fill_signal_set(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGUSR1);
}

void
stop_signals_block(void)
{
	sigset_t set;

	fill_signal_set(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

bool
stop_signals_await(unsigned seconds)
{
	struct timespec wait = { .tv_sec = (time_t)seconds };
	sigset_t set;

	fill_signal_set(&set);
	return sigtimedwait(&set, NULL, &wait) > 0;
}
