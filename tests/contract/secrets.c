/* secrets.c - logs and dumps searched for every key and token seen. */
#include "secrets.h"

#include <stdio.h>

#include <criterion/criterion.h>

#include "expect.h"
#include "site.h"

/* Does any file below this path hold a noted secret? */
static bool
holds_secret(const char *path)
{
	char secrets[PATH_ROOM], found[PATH_ROOM];
	int status;

	site_path(secrets, NOTED_SECRETS);
	site_path(found, "contract-found");
	status = run((const char *const[]){ "grep", "-r", "-l", "-a", "-F",
			 "-f", secrets, path, NULL },
	    found);
	cr_assert(status == 0 || status == 1, "grep ends with %d", status);
	return status == 0;
}

void
expect_no_secret_leaked(const char *name)
{
	char log[PATH_ROOM], dump[PATH_ROOM], secrets[PATH_ROOM];

	site_path(log, "log");
	site_path(dump, "contract-dump");
	site_path(secrets, NOTED_SECRETS);
	cr_assert_eq(run((const char *const[]){ "pg_dump", "--no-sync", NULL },
			 dump),
	    0, "pg_dump");
	cr_expect(holds_secret(secrets), "%s: the search finds", name);
	cr_expect_not(holds_secret(log),
	    "%s: a secret is in a log, see "
	    "SITE/contract-found",
	    name);
	cr_expect_not(holds_secret(dump), "%s: a secret is in a dump", name);
	remove(dump);
}
