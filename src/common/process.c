/* process.c - what the process gives up before it meets untrusted bytes. */
#include "common/process.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

#include "common/log.h"

#define FILES_PER_THREAD 3	/* the connection, its epoll, one to spare */
#define FILES_BESIDE 64

static bool
limit(int resource, rlim_t most)
{
	struct rlimit now;

	if (getrlimit(resource, &now) == -1)
		return false;
	if (now.rlim_max > most)
		now.rlim_max = most;
	now.rlim_cur = now.rlim_max;
	return setrlimit(resource, &now) == 0;
}

bool
process_harden(unsigned threads)
{
	if (prctl(PR_SET_DUMPABLE, 0) == 0 &&
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	    limit(RLIMIT_CORE, 0) &&
	    limit(RLIMIT_NOFILE, FILES_BESIDE + threads * FILES_PER_THREAD))
		return true;
	log_line(LOG_ERR, "the process cannot be hardened: %s",
	    strerror(errno));
	return false;
}

static void
stop_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGUSR1);
}

void
process_block_stop(void)
{
	sigset_t set;

	stop_signals(&set);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
}

bool
process_await_stop(unsigned seconds)
{
	struct timespec wait = { .tv_sec = (time_t)seconds };
	sigset_t set;

	stop_signals(&set);
	return sigtimedwait(&set, NULL, &wait) > 0;
}
