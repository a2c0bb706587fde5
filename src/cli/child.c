/* child.c - a program that is run, and what it says. */
#include "cli/child.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#define LINE_MAX_BYTES 4096
#define STATUS_CANNOT 127
#define GROUPS_MAX 256

/* NAME=VALUE; a value between quotes is what is between them. */
static bool
set_variable(char *line)
{
	char *value = strchr(line, '=');
	size_t n;

	if (value == NULL || *line == '#')
		return true;
	*value++ = '\0';
	n = strlen(value);
	if (n > 1 && (*value == '"' || *value == '\'') &&
	    value[n - 1] == *value) {
		value[n - 1] = '\0';
		value++;
	}
	return setenv(line, value, 1) == 0;
}

/* A line and those that it is continued by, with \ at its end; false: none. */
static bool
read_line(FILE *file, char line[LINE_MAX_BYTES])
{
	size_t n = 0;

	while (n + 1 < LINE_MAX_BYTES &&
	    fgets(line + n, (int)(LINE_MAX_BYTES - n), file) != NULL) {
		n += strcspn(line + n, "\n");
		line[n] = '\0';
		if (n == 0 || line[n - 1] != '\\')
			return true;
		line[--n] = '\0';
	}
	return n > 0;
}

/* As systemd reads an EnvironmentFile. */
static bool
read_settings(const char *path)
{
	FILE *file = fopen(path, "re");
	char line[LINE_MAX_BYTES];
	bool ok = file != NULL;

	while (ok && read_line(file, line))
		ok = set_variable(line + strspn(line, " \t"));
	if (file != NULL)
		fclose(file);
	return ok;
}

static bool
set_variables(const char *const *env)
{
	char line[LINE_MAX_BYTES];

	for (; env != NULL && *env != NULL; env++) {
		snprintf(line, sizeof line, "%s", *env);
		if (!set_variable(line))
			return false;
	}
	return true;
}

bool
child_become(const char *user)
{
	const struct passwd *who = getpwnam(user);

	return who != NULL && initgroups(user, who->pw_gid) == 0 &&
	    setgid(who->pw_gid) == 0 && setuid(who->pw_uid) == 0 &&
	    setenv("HOME", who->pw_dir, 1) == 0;
}

static gid_t own_groups[GROUPS_MAX];
static int own_group_count;

bool
child_lend(const char *user)
{
	const struct passwd *who = getpwnam(user);
	int why;

	own_group_count = getgroups(GROUPS_MAX, own_groups);
	if (who == NULL || own_group_count < 0)
		return false;
	if (initgroups(user, who->pw_gid) == 0 && setegid(who->pw_gid) == 0 &&
	    seteuid(who->pw_uid) == 0)
		return true;
	why = errno;
	child_return();
	errno = why;
	return false;
}

/* Whatever cannot be taken back would go on with another's rights. */
void
child_return(void)
{
	if (seteuid(getuid()) != 0 || setegid(getgid()) != 0 ||
	    setgroups((size_t)own_group_count, own_groups) != 0)
		abort();
}

/* Only what may be called between fork and exec of one thread. */
static void
begin(const struct child *child, int out)
{
	int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
	union {
		const char *const *ours;
		char *const *theirs; /* as exec has it, which changes none */
	} argv = { .ours = child->argv };

	if (nothing < 0 || dup2(nothing, STDIN_FILENO) < 0 ||
	    (out >= 0 &&
		(dup2(out, STDOUT_FILENO) < 0 || dup2(out, STDERR_FILENO) < 0)))
		_exit(STATUS_CANNOT);
	if ((child->settings == NULL || read_settings(child->settings)) &&
	    set_variables(child->env) &&
	    (child->user == NULL || child_become(child->user)))
		execvp(*argv.ours, argv.theirs);
	dprintf(STDERR_FILENO, "%s: %s\n", *argv.ours, strerror(errno));
	_exit(STATUS_CANNOT);
}

/* All of it, of which as much is kept as there is room for. */
static void
listen_to(int from, char *said, size_t size)
{
	char more[512];
	size_t n = 0;
	ssize_t got;

	while ((got = read(from, more, sizeof more)) != 0) {
		size_t kept = got < 0 ? 0 : (size_t)got;

		if (got < 0 && errno != EINTR)
			break;
		if (kept > size - 1 - n)
			kept = size - 1 - n;
		memcpy(said + n, more, kept);
		n += kept;
	}
	said[n] = '\0';
}

int
child_run(const struct child *child, char *said, size_t size)
{
	int ends[2] = { -1, -1 }, status = -1;
	pid_t pid;

	if (said != NULL) {
		*said = '\0';
		if (pipe2(ends, O_CLOEXEC) != 0)
			return -1;
	}
	fflush(NULL);
	pid = fork();
	if (pid == 0)
		begin(child, ends[1]);
	if (ends[1] >= 0)
		close(ends[1]);
	if (pid > 0) {
		if (said != NULL)
			listen_to(ends[0], said, size);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			continue;
	}
	if (ends[0] >= 0)
		close(ends[0]);
	if (pid < 0 || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status) == STATUS_CANNOT ? -1 : WEXITSTATUS(status);
}
