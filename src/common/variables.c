/* variables.c - the variables that programs know, and one too many. */
#include "common/variables.h"

#include <stdio.h>
#include <string.h>

#include "common/nearest.h"

#define PREFIX "POSTERN_"
#define NAME_SHOWN_MAX 64 /* bytes */

/* Without the prefix; tests/options.test compares them with --help. */
static const char *const names[] = { "ACCOUNT_RATE", "ALLOW", "ALLOW_NAME",
	"CA_FILE", "CONNECTION_LIFE", "DATABASE", "DENY", "HTTP_TARGETS",
	"IDLE_CONNECTIONS", "IN_FLIGHT", "IN_FLIGHT_PER_WEBHOOK", "ISSUER",
	"KEY", "LOG", "LOG_FORMAT", "LOG_LEVEL", "NAT64", "SEAL_KEY",
	"SIGNING_KEY", "SIGNING_SCOPE", "THREADS", NULL };

static bool
is_known(const char *name)
{
	for (const char *const *n = names; *n != NULL; n++)
		if (strcmp(*n, name) == 0)
			return true;
	return false;
}

static void
explain(const char *name, char *why, size_t why_size)
{
	const char *meant = nearest_word(name, names);

	if (meant == NULL)
		snprintf(why, why_size,
		    PREFIX "%s: no setting of postern-responder or "
			   "postern-delivery; --help lists them",
		    name);
	else
		snprintf(why, why_size,
		    PREFIX "%s: no setting of postern-responder or "
			   "postern-delivery; did you mean " PREFIX "%s?",
		    name, meant);
}

bool
variables_known(char *const *environment, char *why, size_t why_size)
{
	size_t n = strlen(PREFIX);

	for (; *environment != NULL; environment++) {
		const char *variable = *environment;
		size_t length = strcspn(variable, "=");
		char name[NAME_SHOWN_MAX + 1];

		if (strncmp(variable, PREFIX, n) != 0 ||
		    variable[length] == '\0' || variable[length + 1] == '\0')
			continue;
		snprintf(name, sizeof name, "%.*s", (int)(length - n),
		    variable + n);
		if (is_known(name))
			continue;
		explain(name, why, why_size);
		return false;
	}
	return true;
}
