/* harden.c - sandboxing: what a process gives up before it meets a client. */
#include "common/harden.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "common/log.h"

#define FILES_PER_THREAD 3 /* the connection, its epoll, one to spare */
#define FILES_BESIDE 64

static bool
forbid_core_dumps(void)
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
harden_process(unsigned threads)
{
	if (prctl(PR_SET_DUMPABLE, 0) == 0 &&
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	    forbid_core_dumps() &&
	    limit_files(FILES_BESIDE + threads * FILES_PER_THREAD))
		return true;
	log_line(LOG_ERR, "cannot harden the process: %s", strerror(errno));
	return false;
}
