/* host_checks.c - what can be seen of Postern on this host. */
#include "cli/host_checks.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/compiler.h"

#include "cli/child.h"

#define PATH_MAX_BYTES 1024
#define LINE_MAX_BYTES 4096
#define SAID_MAX_BYTES 512

/* A program with the settings and the user that the unit gives it. */
static const struct program {
	const char *name, *path, *settings, *user;
} programs[] = {
	{ "postern-responder", SBINDIR "/postern-responder", "responder.env",
	    "postern" },
	{ "postern-delivery", SBINDIR "/postern-delivery", "delivery.env",
	    "postern-delivery" },
};

/* Does a line of the file have these words, not behind a #? */
static bool
file_has(const char *path, const char *words)
{
	FILE *file = fopen(path, "re");
	char line[LINE_MAX_BYTES];
	bool found = false;

	while (
	    file != NULL && !found && fgets(line, sizeof line, file) != NULL) {
		const char *at = strstr(line, words);
		const char *hash = strchr(line, '#');

		found = at != NULL && (hash == NULL || at < hash);
	}
	if (file != NULL)
		fclose(file);
	return found;
}

/* The first file of these patterns that has the words; false: none. */
static bool
find_words(const char *const *patterns, const char *words,
    char path[PATH_MAX_BYTES])
{
	bool found = false;

	for (; *patterns != NULL && !found; patterns++) {
		glob_t files = { .gl_pathc = 0 };

		if (glob(*patterns, 0, NULL, &files) == 0)
			for (size_t i = 0; i < files.gl_pathc && !found; i++) {
				found = file_has(files.gl_pathv[i], words);
				snprintf(path, PATH_MAX_BYTES, "%s",
				    files.gl_pathv[i]);
			}
		globfree(&files);
	}
	return found;
}

static void
check_certificates(struct findings *findings)
{
	static const char path[] = "/etc/ssl/certs/ca-certificates.crt";
	struct stat st;
	bool well = stat(path, &st) == 0 && st.st_size > 0;

	findings_add(findings, "CA certificates",
	    well ? FINDING_GOOD : FINDING_BAD,
	    "apt-get install ca-certificates: without them each attempt by "
	    "https fails",
	    "%s %s", path, well ? "is there" : "is missing or empty");
}

static void
check_name_servers(struct findings *findings)
{
	static const char path[] = "/etc/resolv.conf";
	bool well = file_has(path, "nameserver");

	findings_add(findings, "name servers",
	    well ? FINDING_GOOD : FINDING_BAD,
	    "the worker finds no host by name: name one there", "%s names %s",
	    path, well ? "some" : "none");
}

/* Whom the messages of the program are for is who can mend it. */
static void
check_program(struct findings *findings, const struct program *program,
    const char *settings)
{
	const char *const argv[] = { program->path, "--check", NULL };
	struct child child = { .argv = argv,
		.settings = settings,
		.user = program->user };
	char said[SAID_MAX_BYTES];
	int status = child_run(&child, said, sizeof said);
	const char *text = said;

	if (text[0] == '<' && text[1] != '\0' && text[2] == '>')
		text += 3;
	findings_add(findings, program->name,
	    status == 0 ? FINDING_GOOD : FINDING_BAD,
	    "its manual page says what each setting is", "--check: %.*s",
	    (int)strcspn(text, "\n"), *text == '\0' ? "it says nothing" : text);
}

static void
check_settings(struct findings *findings, const struct program *program,
    const char *directory)
{
	char path[PATH_MAX_BYTES];

	snprintf(path, sizeof path, "%s/%s", directory, program->settings);
	if (access(path, F_OK) != 0)
		findings_add(findings, program->name, FINDING_LOOK,
		    "postern setup makes it; if it runs elsewhere, all is well",
		    "there is no %s", path);
	else if (access(path, R_OK) != 0 || geteuid() != 0)
		findings_add(findings, program->name, FINDING_LOOK,
		    "run this as root, too: it then runs --check",
		    "%s is there, but only root can try it", path);
	else
		check_program(findings, program, path);
}

static void
check_socket(struct findings *findings, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int why;

	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	why = s < 0 ||
		connect(s, (struct sockaddr *)&address, sizeof address) != 0
	    ? errno
	    : 0;
	if (s >= 0)
		close(s);
	if (why == 0)
		findings_add(findings, "socket", FINDING_GOOD, NULL,
		    "somebody listens on %s", path);
	else if (why == EACCES || why == ENOENT)
		findings_add(findings, "socket", FINDING_LOOK,
		    why == EACCES
			? "run this as root, too; the web server must be in "
			  "the socket's group (0660, www-data)"
			: "systemctl start postern-responder.socket; if the "
			  "responder runs elsewhere, all is well",
		    "%s: %s", path, strerror(why));
	else
		findings_add(findings, "socket", FINDING_BAD,
		    "nobody listens: the web server answers 503; start the "
		    "responder",
		    "%s: %s", path, strerror(why));
}

static void
check_units(struct findings *findings)
{
	static const char *const units[] = { "postern-responder.socket",
		"postern-responder.service", "postern-delivery.service" };

	if (access("/run/systemd/system", F_OK) != 0)
		return;
	for (size_t i = 0; i < COUNT(units); i++) {
		const char *const argv[] = { "systemctl", "is-active", units[i],
			NULL };
		struct child child = { .argv = argv };
		char said[SAID_MAX_BYTES], advice[SAID_MAX_BYTES];
		int status = child_run(&child, said, sizeof said);

		snprintf(advice, sizeof advice,
		    "systemctl status %s; journalctl -u %s", units[i],
		    units[i]);
		findings_add(findings, units[i],
		    status == 0 ? FINDING_GOOD : FINDING_LOOK, advice, "%.*s",
		    (int)strcspn(said, "\n"), said);
	}
}

static void
check_web_servers(struct findings *findings)
{
	static const char *const nginx[] = { "/etc/nginx/nginx.conf",
		"/etc/nginx/conf.d/*.conf", "/etc/nginx/sites-enabled/*",
		NULL };
	static const char *const apache[] = { "/etc/apache2/sites-enabled/*",
		"/etc/apache2/conf-enabled/*", "/etc/apache2/postern*.conf",
		NULL };
	char path[PATH_MAX_BYTES];

	if (find_words(nginx, "fastcgi_keep_conn on", path))
		findings_add(findings, "nginx", FINDING_BAD,
		    "take it out of Postern's locations: kept connections "
		    "occupy the responder's threads",
		    "%s has fastcgi_keep_conn on", path);
	else if (find_words(nginx, "postern", path))
		findings_add(findings, "nginx", FINDING_GOOD, NULL,
		    "%s has Postern, and keeps no connection", path);
	if (find_words(apache, "postern", path) &&
	    !find_words(apache, "CGIPassAuth", path))
		findings_add(findings, "Apache", FINDING_BAD,
		    "set CGIPassAuth On: without it everybody is unauthorized",
		    "%s has no CGIPassAuth On", path);
}

void
host_checks(struct findings *findings, const char *settings, const char *socket)
{
	check_certificates(findings);
	check_name_servers(findings);
	for (size_t i = 0; i < COUNT(programs); i++)
		check_settings(findings, &programs[i], settings);
	check_socket(findings, socket);
	check_units(findings);
	check_web_servers(findings);
}
