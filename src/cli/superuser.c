/* superuser.c - root, on a host with the database, logs in as postgres. */
#include "cli/superuser.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/child.h"
#include "cli/output.h"

#define NAME "postgres"

/* libpq's own default is a socket of this host. */
static bool
is_local(const struct invocation *call)
{
	const char *host = call->globals[GLOBAL_HOST];
	const char *dbname = call->globals[GLOBAL_DBNAME];

	if (host == NULL)
		host = getenv("PGHOST");
	return (host == NULL || *host == '/') && getenv("PGSERVICE") == NULL &&
	    (dbname == NULL || strpbrk(dbname, "=/") == NULL);
}

/* Whom to be; NULL: who we are. */
static const struct passwd *
find_superuser(const struct invocation *call)
{
	if (geteuid() != 0 || call->globals[GLOBAL_USERNAME] != NULL ||
	    getenv("PGUSER") != NULL || !is_local(call))
		return NULL;
	return getpwnam(NAME);
}

bool
superuser_become(const struct invocation *call)
{
	if (find_superuser(call) == NULL)
		return true;
	if (child_become(NAME) && chdir("/") == 0)
		return true;
	output_complain("cannot go on as " NAME ": %s", strerror(errno));
	return false;
}

bool
superuser_begin(const struct invocation *call)
{
	return find_superuser(call) != NULL && child_lend(NAME);
}

void
superuser_end(bool begun)
{
	if (begun)
		child_return();
}
