/* host_checks.c - what can be seen of Postern on this host. */
#include "cli/host_checks.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/compiler.h"

#include "cli/child.h"
#include "cli/file_words.h"
#include "cli/site_checks.h"
#include "cli/unit_check.h"

#define PATH_MAX_BYTES 1024
#define SAID_MAX_BYTES 512
#define WEB_USER "www-data" /* as Debian's web servers run */

static const char *const units[] = { "postern-responder.socket",
	"postern-responder.service", "postern-delivery.service" };

/* A program with the settings and the user that the unit gives it. */
static const struct program {
	const char *name, *path, *settings, *user;
} programs[] = {
	{ "postern-responder", SBINDIR "/postern-responder", "responder.env",
	    "postern" },
	{ "postern-delivery", SBINDIR "/postern-delivery", "delivery.env",
	    "postern-delivery" },
};

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
	bool well = file_words_in(path, "nameserver");

	findings_add(findings, "name servers",
	    well ? FINDING_GOOD : FINDING_BAD,
	    "the worker finds no host by name: name one there", "%s names %s",
	    path, well ? "some" : "none");
}

/* What it says, without its level and its name. */
static const char *
sentence_of(const char *said, const char *name)
{
	size_t n = strlen(name);

	if (said[0] == '<' && said[1] != '\0' && said[2] == '>')
		said += 3;
	if (strncmp(said, name, n) == 0 && said[n] == ':' && said[n + 1] == ' ')
		said += n + 2;
	return *said == '\0' ? "it says nothing" : said;
}

static void
check_program(struct findings *findings, const struct program *program,
    const char *settings)
{
	const char *const argv[] = { program->path, "--check", NULL };
	struct child child = { .argv = argv,
		.settings = settings,
		.user = program->user };
	char said[SAID_MAX_BYTES], advice[SAID_MAX_BYTES];
	int status = child_run(&child, said, sizeof said);
	const char *text = sentence_of(said, program->name);

	snprintf(advice, sizeof advice,
	    "change it in its settings, %s, or where it says; %s(8) says what "
	    "each setting is",
	    program->settings, program->name);
	findings_add(findings, program->name,
	    status == 0 ? FINDING_GOOD : FINDING_BAD, advice, "--check: %.*s",
	    (int)strcspn(text, "\n"), text);
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

/* Does somebody listen, whom we can reach? 0, or an errno. */
static int
try_socket(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int why = 0;

	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	if (s < 0 ||
	    connect(s, (struct sockaddr *)&address, sizeof address) != 0)
		why = errno;
	if (s >= 0)
		close(s);
	return why;
}

/* The same as the web server's user, if we may be that for a moment. */
static int
try_socket_as(const char *user, const char *path)
{
	const struct passwd *who = getpwnam(user);
	int why;

	if (who == NULL || geteuid() != 0)
		return try_socket(path);
	if (!child_lend(user))
		return errno;
	why = try_socket(path);
	child_return();
	return why;
}

static void
check_socket(struct findings *findings, const char *path)
{
	int why = try_socket(path);
	int its = why == 0 ? try_socket_as(WEB_USER, path) : why;

	if (why == 0 && its == 0)
		findings_add(findings, "socket", FINDING_GOOD, NULL,
		    "somebody listens on %s", path);
	else if (why == 0)
		findings_add(findings, "socket", FINDING_BAD,
		    "the web server answers 503; postern-responder.socket "
		    "makes it 0660, of group " WEB_USER,
		    "%s: " WEB_USER ": %s", path, strerror(its));
	else if (why == EACCES || why == ENOENT)
		findings_add(findings, "socket", FINDING_LOOK,
		    why == EACCES
			? "run this as root, too: it then looks"
			: "systemctl start postern-responder.socket; if the "
			  "responder runs elsewhere, all is well",
		    "%s: %s", path, strerror(why));
	else
		findings_add(findings, "socket", FINDING_BAD,
		    "nobody listens: the web server answers 503; start the "
		    "responder",
		    "%s: %s", path, strerror(why));
}

void
host_checks(struct findings *findings, const char *settings, const char *socket)
{
	check_certificates(findings);
	check_name_servers(findings);
	for (size_t i = 0; i < COUNT(programs); i++)
		check_settings(findings, &programs[i], settings);
	check_socket(findings, socket);
	for (size_t i = 0; i < COUNT(units); i++)
		unit_check(findings, units[i]);
	site_checks(findings, socket);
}
