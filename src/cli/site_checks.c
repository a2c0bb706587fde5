/* site_checks.c - does a web server of this host lead to the responder? */
#include "cli/site_checks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/child.h"
#include "cli/file_words.h"
#include "cli/unit_check.h"

#define PATH_MAX_BYTES 1024
#define NGINX "/usr/sbin/nginx" /* as Debian has it */
#define NGINX_MAX_BYTES (1024 * 1024)
#define PAGE DOCDIR "/doc/operating.md"

static const char *const apache_files[] = { "/etc/apache2/sites-enabled/*",
	"/etc/apache2/conf-enabled/*", "/etc/apache2/postern*.conf", NULL };

/* What nginx reads, with all that it includes. False: it does not take it. */
static bool
read_nginx(struct findings *findings, char *text)
{
	const char *const argv[] = { NGINX, "-T", NULL };
	struct child child = { .argv = argv };

	if (child_run(&child, text, NGINX_MAX_BYTES) == 0)
		return true;
	findings_add(findings, "nginx", FINDING_BAD,
	    "mend it, then nginx -t && nginx -s reload", "nginx -t: %.*s",
	    (int)strcspn(text, "\n"), text);
	return false;
}

/* Has it a way to the responder? */
static bool
check_nginx(struct findings *findings, const char *socket, char *text)
{
	if (!read_nginx(findings, text))
		return true;
	if (!file_words_in_text(text, socket))
		return false;
	if (file_words_in_text(text, "fastcgi_keep_conn on"))
		findings_add(findings, "nginx", FINDING_BAD,
		    "take it out of Postern's locations: kept connections "
		    "occupy the responder's threads",
		    "it has fastcgi_keep_conn on");
	else
		findings_add(findings, "nginx", FINDING_GOOD, NULL,
		    "it leads to %s, and keeps no connection", socket);
	return true;
}

/* Only root may read all that nginx does. */
static bool
has_nginx(struct findings *findings, const char *socket)
{
	char *text;
	bool has;

	if (access(NGINX, X_OK) != 0)
		return false;
	if (geteuid() != 0) {
		findings_add(findings, "nginx", FINDING_LOOK,
		    "run this as root, too: it then looks",
		    "only root can see what it does");
		return true;
	}
	text = malloc(NGINX_MAX_BYTES);
	has = text != NULL && check_nginx(findings, socket, text);
	free(text);
	return has;
}

static bool
has_apache(struct findings *findings)
{
	char path[PATH_MAX_BYTES];

	if (!file_words_find(apache_files, "postern", path, sizeof path))
		return false;
	if (file_words_find(apache_files, "CGIPassAuth", path, sizeof path))
		findings_add(findings, "Apache", FINDING_GOOD, NULL,
		    "%s has CGIPassAuth", path);
	else
		findings_add(findings, "Apache", FINDING_BAD,
		    "set CGIPassAuth On: without it everybody is unauthorized",
		    "%s has no CGIPassAuth On", path);
	return true;
}

void
site_checks(struct findings *findings, const char *socket)
{
	bool nginx = has_nginx(findings, socket);
	bool apache = has_apache(findings);

	/* of two, one may rest */
	if (nginx != apache)
		unit_check(findings,
		    nginx ? "nginx.service" : "apache2.service");
	if (!nginx && !apache)
		findings_add(findings, "web server", FINDING_LOOK,
		    "lead it there, as " PAGE " says; if it runs elsewhere, "
		    "all is well",
		    "neither nginx nor Apache leads to %s", socket);
}
