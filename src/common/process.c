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
no_core(void)
{
	const struct rlimit none = { 0, 0 };

	return setrlimit(RLIMIT_CORE, &none) == 0;
}

static bool
limit_files(rlim_t most)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files) == -1)
		return false;
	files.rlim_cur = most < files.rlim_max ? most : files.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &files) == 0;
}

bool
process_harden(unsigned threads)
{
	if (prctl(PR_SET_DUMPABLE, 0) == 0 &&
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	    no_core() &&
	    limit_files(FILES_BESIDE + threads * FILES_PER_THREAD))
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
