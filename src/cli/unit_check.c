/* unit_check.c - is a unit of systemd active? */
#include "cli/unit_check.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/child.h"

#define SAID_MAX_BYTES 512

void
unit_check(struct findings *findings, const char *unit)
{
	const char *const argv[] = { "systemctl", "is-active", unit, NULL };
	struct child child = { .argv = argv };
	char said[SAID_MAX_BYTES], advice[SAID_MAX_BYTES];
	int status;

	if (access("/run/systemd/system", F_OK) != 0)
		return;
	status = child_run(&child, said, sizeof said);
	snprintf(advice, sizeof advice,
	    "systemctl status %s; journalctl -p err -u %s; if it runs without "
	    "systemd, all is well",
	    unit, unit);
	findings_add(findings, unit, status == 0 ? FINDING_GOOD : FINDING_LOOK,
	    advice, "%.*s", (int)strcspn(said, "\n"), said);
}
