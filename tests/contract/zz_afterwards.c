/* zz_afterwards.c - after all others: memory, secrets, the process itself. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "account.h"
#include "calm.h"
#include "load.h"
#include "secrets.h"
#include "site.h"

#define CLIENTS 8
#define FIRST 1000
#define THEN (long_run() ? 100000 : 5000)
#define FLAT_KB 1024
#define GOAL_KB (32 * 1024)

/* Criterion runs suites in the order of their names. */
TestSuite(zz_afterwards, .init = calm, .fini = calm, .timeout = 900);

/* Register so many, and give the responder's resident memory. */
static long
memory_after(const struct account *who, long requests)
{
	struct load *l = load_start(&(struct load_plan){ .who = who,
	    .word = "memory",
	    .clients = CLIENTS,
	    .requests = requests / CLIENTS });
	struct tally t;

	load_finish(l);
	t = load_tally(l);
	expect_tally("memory", &t, true);
	cr_expect_eq(load_others(l, 201, 201), 0, "only 201");
	load_free(l);
	return process_number(responder_pid(), "VmRSS");
}

Test(zz_afterwards, memory_is_flat)
{
	struct account who = account_new();
	long first, then;

	if (!has_responder()) {
		tell("no responder outlives a request");
		return;
	}
	site("responder", "restart", NULL);
	first = memory_after(&who, FIRST);
	then = memory_after(&who, THEN - FIRST);
	tell("resident: %ld kB after %d requests, %ld kB after %d%s", first,
	    FIRST, then, THEN, SANITIZED ? " (sanitized, not judged)" : "");
	if (SANITIZED)
		return;
	cr_expect_lt(then - first, FLAT_KB, "memory grows");
	cr_expect_lt(then, GOAL_KB, "memory under 32 MiB");
}

Test(zz_afterwards, no_secret_in_any_log_or_dump)
{
	expect_no_secret_leaked("after all tests");
}

/* A limit's soft and hard value in /proc/PID/limits. */
static bool
limit_is_zero(pid_t pid, const char *name)
{
	char path[64], line[256], soft[32] = "", hard[32] = "";
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/limits", (int)pid);
	f = fopen(path, "re");
	cr_assert_not_null(f);
	while (fgets(line, sizeof line, f) != NULL)
		if (strncmp(line, name, strlen(name)) == 0)
			sscanf(line + strlen(name), "%31s %31s", soft, hard);
	fclose(f);
	return strcmp(soft, "0") == 0 && strcmp(hard, "0") == 0;
}

/* Become the user that the responder is, group and all. */
static bool
become_like(pid_t pid)
{
	gid_t gid = (gid_t)process_number(pid, "Gid");
	uid_t uid = (uid_t)process_number(pid, "Uid");

	return getuid() != 0 ||
	    (setgroups(0, NULL) == 0 && setresgid(gid, gid, gid) == 0 &&
		setresuid(uid, uid, uid) == 0);
}

/* As the responder's own user: 0 when its memory is out of reach. */
static int
look_into(pid_t pid)
{
	char path[64];

	if (!become_like(pid))
		return 2;
	snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
	if (open(path, O_RDONLY | O_CLOEXEC) >= 0 || errno != EACCES)
		return 3;
	snprintf(path, sizeof path, "/proc/%d/environ", (int)pid);
	if (open(path, O_RDONLY | O_CLOEXEC) >= 0)
		return 4;
	return ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0 ? 5 : 0;
}

Test(zz_afterwards, responder_cannot_be_dumped)
{
	pid_t pid, child;
	int status = -1;

	if (!has_responder()) {
		tell("no responder outlives a request");
		return;
	}
	pid = responder_pid();
	cr_expect(limit_is_zero(pid, "Max core file size"), "no core");
	child = fork();
	if (child == 0)
		_exit(look_into(pid));
	waitpid(child, &status, 0);
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0,
	    "memory and environment are out of reach: step %d",
	    WEXITSTATUS(status));
}
