/* harden.c - sandboxing: what a process gives up before it meets a client. */
#include "common/harden.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "common/log.h"

static bool
forbid_core_dumps(void)
{
	const struct rlimit none = { 0, 0 };

	return setrlimit(RLIMIT_CORE, &none) == 0;
}

static bool
limit_files(rlim_t files, const char *settings)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		if (limit.rlim_max < files) {
			log_line(LOG_ERR,
			    "%llu open files are needed, and the hard limit is "
			    "%llu: raise it (ulimit -Hn, or LimitNOFILE= in a "
			    "unit of systemd)%s%s",
			    (unsigned long long)files,
			    (unsigned long long)limit.rlim_max,
			    settings != NULL ? ", or lower " : "",
			    settings != NULL ? settings : "");
			return false;
		}
		limit.rlim_cur = files;
		if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
			return true;
	}
	log_line(LOG_ERR, "cannot limit open files: %s", strerror(errno));
	return false;
}

bool
harden_process(size_t files, const char *settings)
{
	if (prctl(PR_SET_DUMPABLE, 0) == 0 &&
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && forbid_core_dumps())
		return limit_files(files, settings);
	log_line(LOG_ERR, "cannot harden the process: %s", strerror(errno));
	return false;
}
