/* setup_logins.c - who may log in, in PostgreSQL's own files. */
#include "cli/setup_logins.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_MAX_BYTES 1024
#define LINES_MAX_BYTES 1024

static const char identities[] =
    "# Postern's programs, by postern setup\n"
    "postern  postern           postern_responder\n"
    "postern  postern-delivery  postern_delivery\n";

static bool
copy_all(FILE *from, FILE *to)
{
	char part[4096];
	size_t n;

	while ((n = fread(part, 1, sizeof part, from)) > 0)
		if (fwrite(part, 1, n, to) != n)
			return false;
	return ferror(from) == 0;
}

/* As the old one, of whose owner and mode it is, with lines around. */
static bool
write_new(const char *path, FILE *from, const char *before, const char *after)
{
	struct stat st;
	FILE *to = fopen(path, "wxe");
	bool ok;

	if (to == NULL)
		return false;
	ok = fstat(fileno(from), &st) == 0 &&
	    fchown(fileno(to), st.st_uid, st.st_gid) == 0 &&
	    fchmod(fileno(to), st.st_mode & 07777) == 0 &&
	    fputs(before, to) >= 0 && copy_all(from, to) &&
	    fputs(after, to) >= 0 && fflush(to) == 0 && fsync(fileno(to)) == 0;
	return fclose(to) == 0 && ok;
}

static bool
replace(const char *path, const char *before, const char *after, char *why,
    size_t why_size)
{
	char new[PATH_MAX_BYTES];
	FILE *from = fopen(path, "re");
	bool ok;

	snprintf(new, sizeof new, "%s.postern", path);
	ok = from != NULL && write_new(new, from, before, after) &&
	    rename(new, path) == 0;
	if (!ok) {
		snprintf(why, why_size, "%s: %s", path, strerror(errno));
		if (from != NULL)
			unlink(new);
	}
	if (from != NULL)
		fclose(from);
	return ok;
}

bool
setup_logins_write(const char *hba, const char *ident, const char *database,
    char *why, size_t why_size)
{
	char line[LINES_MAX_BYTES];

	if (strpbrk(database, "\"\n\\,") != NULL ||
	    strlen(database) > LINES_MAX_BYTES / 2) {
		snprintf(why, why_size, "the database has an unusual name");
		return false;
	}
	snprintf(line, sizeof line,
	    "# Postern's programs, by postern setup\n"
	    "local  \"%s\"  postern_responder,postern_delivery"
	    "  peer map=postern\n",
	    database);
	return replace(ident, "", identities, why, why_size) &&
	    replace(hba, line, "", why, why_size);
}
