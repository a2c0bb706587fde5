/* site.c - the parts of the site under test, worked by tests/site. */
#include "site.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <criterion/criterion.h>

#include "db.h"

#define WORDS_MAX 15 /* of a command */

void
wait_a_little(void)
{
	poll(NULL, 0, 10);
}

const char *
site_env(const char *name)
{
	const char *value = getenv(name);

	if (value == NULL || value[0] == '\0') {
		fprintf(stderr, "%s is not set: run this under tests/site\n",
		    name);
		abort();
	}
	return value;
}

bool
server_is(const char *name)
{
	return strcmp(site_env("SITE_SERVER"), name) == 0;
}

bool
long_run(void)
{
	const char *value = getenv("POSTERN_LONG");

	return value != NULL && strcmp(value, "1") == 0;
}

bool
has_responder(void)
{
	return !server_is("cgi");
}

void
site_path(char path[PATH_ROOM], const char *name)
{
	int n = snprintf(path, PATH_ROOM, "%s/%s", site_env("SITE"), name);

	cr_assert(n > 0 && n < PATH_ROOM, "the site's path is too long");
}

void
tell(const char *format, ...)
{
	va_list rest;

	va_start(rest, format);
	fprintf(stderr, "# %s: ", site_env("SITE_SERVER"));
	vfprintf(stderr, format, rest);
	fputc('\n', stderr);
	va_end(rest);
}

int
run(const char *const argv[], const char *output)
{
	char *words[WORDS_MAX + 1] = { NULL };
	int status = -1;
	pid_t pid;

	for (size_t i = 0; i < WORDS_MAX && argv[i] != NULL; i++)
		words[i] = strdup(argv[i]);
	pid = fork();

	if (pid == 0) {
		int fd = open(output, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
		    0600);

		dup2(fd, STDOUT_FILENO);
		dup2(fd, STDERR_FILENO);
		execvp(argv[0], words);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	for (size_t i = 0; i < WORDS_MAX; i++)
		free(words[i]);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool
log_has(const char *log, const char *pattern)
{
	char path[PATH_ROOM], name[PATH_ROOM];
	int status;

	snprintf(name, sizeof name, "log/%s", log);
	site_path(path, name);
	status = run((const char *const[]){ "grep", "-q", "-a", "-E", "-e",
			 pattern, path, NULL },
	    "/dev/null");
	cr_assert(status == 0 || status == 1, "grep ends with %d", status);
	return status == 0;
}

void
site(const char *part, const char *verb, const char *argument)
{
	char log[PATH_ROOM];

	if (strcmp(part, "postgres") == 0)
		db_forget();
	site_path(log, "contract-tool.log");
	cr_assert_eq(run((const char *const[]){ site_env("SITE_TOOL"),
			     site_env("SITE"), part, verb, argument, NULL },
			 log),
	    0, "site %s %s: see %s", part, verb, log);
}

static pid_t
part_pid(const char *part)
{
	char output[PATH_ROOM];
	int n = 0;
	FILE *f;

	site_path(output, "contract-pid");
	remove(output);
	if (run((const char *const[]){ site_env("SITE_TOOL"), site_env("SITE"),
		    part, "pid", NULL },
		output) != 0)
		return 0;
	f = fopen(output, "re");
	if (f == NULL || fscanf(f, "%d", &n) != 1)
		n = 0;
	if (f != NULL)
		fclose(f);
	return n;
}

pid_t
responder_pid(void)
{
	return part_pid("responder");
}

/* What follows "FIELD:" in /proc/PID/status. */
static bool
process_field(pid_t pid, const char *field, char *value, size_t size)
{
	char path[64], line[256];
	size_t n = strlen(field);
	bool found = false;
	FILE *f;

	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	f = fopen(path, "re");
	if (f == NULL)
		return false;
	while (!found && fgets(line, sizeof line, f) != NULL)
		found = strncmp(line, field, n) == 0 && line[n] == ':';
	fclose(f);
	if (found)
		snprintf(value, size, "%s",
		    line + n + 1 + strspn(line + n + 1, " \t"));
	return found;
}

bool
process_alive(pid_t pid)
{
	char state[32];

	return pid > 0 && process_field(pid, "State", state, sizeof state) &&
	    state[0] != 'Z';
}

long
process_number(pid_t pid, const char *field)
{
	char value[64];

	return process_field(pid, field, value, sizeof value)
	    ? strtol(value, NULL, 10)
	    : -1;
}

static bool
is_responder(pid_t pid)
{
	char name[32];

	return process_field(pid, "Name", name, sizeof name) &&
	    strncmp(name, "postern-respond", 15) == 0;
}

void
restart_under(const char *wrapper)
{
	setenv("RESPONDER_WRAPPER", wrapper, 1);
	site("responder", "restart", NULL);
	unsetenv("RESPONDER_WRAPPER");
	WAIT_FOR(10, is_responder(responder_pid()));
}

static bool
descends(pid_t pid, pid_t ancestor)
{
	while (pid > 1 && pid != ancestor)
		pid = (pid_t)process_number(pid, "PPid");
	return pid == ancestor;
}

pid_t
cgi_pid(void)
{
	pid_t found = 0, server = part_pid("server");
	DIR *proc = opendir("/proc");
	struct dirent *entry;

	while (found == 0 && (entry = readdir(proc)) != NULL) {
		pid_t pid = isdigit((unsigned char)entry->d_name[0])
		    ? (pid_t)strtol(entry->d_name, NULL, 10)
		    : 0;

		if (pid > 0 && is_responder(pid) && descends(pid, server))
			found = pid;
	}
	closedir(proc);
	return found;
}

void
site_borrow(const char *name, char path[PATH_ROOM])
{
	char from[PATH_ROOM], log[PATH_ROOM];
	const char *slash = strrchr(name, '/');

	if (name[0] == '/')
		snprintf(from, sizeof from, "%s", name);
	else
		snprintf(from, sizeof from, "%.*s/%s",
		    (int)(strrchr(site_env("SITE_TOOL"), '/') -
			site_env("SITE_TOOL")),
		    site_env("SITE_TOOL"), name);
	site_path(path, slash != NULL ? slash + 1 : name);
	site_path(log, "contract-tool.log");
	cr_assert_eq(run((const char *const[]){ "install", "-m", "755", from,
			     path, NULL },
			 log),
	    0, "install %s", from);
}
