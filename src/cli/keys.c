/* keys.c - keys made, made known, and replaced by others. */
#include "cli/keys.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/compiler.h"
#include "common/ed25519_key.h"
#include "common/option_table.h"
#include "common/seal.h"

#include "cli/output.h"
#include "cli/session.h"

#define PATH_MAX_BYTES 1024

static const struct kind {
	const char *name;
	bool (*make)(const char *path, char *why, size_t why_size);
	const char *next; /* %1$s is the file */
} kinds[] = {
	{ "sealing", seal_make_keys,
	    "What comes next, if another key was in use before:\n"
	    "1. give every postern-delivery this file as well (--key), and "
	    "restart it;\n"
	    "2. give every postern-responder the .pub file (--seal-key), and "
	    "restart it;\n"
	    "3. postern keys retire OLD\n"
	    "4. when \"postern keys\" counts no secrets for the old one, take "
	    "it away." },
	{ "signing", ed25519_key_make_keys,
	    "What comes next, if another key was in use before:\n"
	    "1. wait a day, so that receivers learn of the new one;\n"
	    "2. give every postern-delivery this file as well "
	    "(--signing-key), and restart it;\n"
	    "3. postern keys retire OLD\n"
	    "4. take the old one from the workers." },
};

int
keys_read(const char *path, char line[KEYS_LINE_MAX])
{
	FILE *file = fopen(path, "re");

	if (file == NULL || fgets(line, KEYS_LINE_MAX, file) == NULL) {
		output_complain("%s: %s", path,
		    file == NULL ? strerror(errno) : "it is empty");
		if (file != NULL)
			fclose(file);
		return EXIT_FAILURE;
	}
	fclose(file);
	line[strcspn(line, "\n")] = '\0';
	if (strstr(line, "-private-") == NULL)
		return EXIT_SUCCESS;
	explicit_bzero(line, KEYS_LINE_MAX);
	output_complain("%s: this is the private half: give the .pub file",
	    path);
	return EXIT_USAGE;
}

bool
keys_give(const char *path)
{
	const struct passwd *who = geteuid() == 0 ? getpwnam(KEYS_USER) : NULL;

	return who == NULL || chown(path, who->pw_uid, who->pw_gid) == 0;
}

/* Print the id of the key, and what comes next if that is not NULL. */
static int
make_known(const struct invocation *call, const char *path, const char *next)
{
	char line[KEYS_LINE_MAX] = "";
	const char *values[] = { line };
	struct session *session = NULL;
	struct answer answer = { .result = NULL };
	int status = keys_read(path, line);

	if (status == EXIT_SUCCESS)
		status = session_open(call, &session);
	if (status == EXIT_SUCCESS)
		status = session_ask(session,
		    "SELECT CASE WHEN $1 LIKE 'postern-signing-%' "
		    "THEN postern.add_signing_key($1) "
		    "ELSE postern.add_sealing_key($1) END AS id",
		    values, COUNT(values), &answer);
	if (status == EXIT_SUCCESS && output_is_table(call))
		printf("%s: the database knows this key as %s\n", path,
		    answer_text(&answer, 0, 0));
	else if (status == EXIT_SUCCESS)
		output_grid(call, &answer.grid);
	if (status == EXIT_SUCCESS && next != NULL)
		output_note(call, "%s", next);
	answer_clear(&answer);
	session_close(session);
	return status;
}

int
keys_add_run(const struct invocation *call)
{
	return make_known(call, call->operands[0], NULL);
}

int
keys_rotate_run(const struct invocation *call)
{
	const char *path = call->operands[1];
	char public_path[PATH_MAX_BYTES], why[OPTION_WHY_MAX];
	const struct kind *kind = NULL;

	for (size_t i = 0; i < COUNT(kinds); i++)
		if (strcmp(kinds[i].name, call->operands[0]) == 0)
			kind = &kinds[i];
	if (kind == NULL) {
		output_complain("%s: must be sealing or signing",
		    call->operands[0]);
		return EXIT_USAGE;
	}
	snprintf(public_path, sizeof public_path, "%s.pub", path);
	umask(0022);
	if (access(public_path, F_OK) != 0) {
		if (!kind->make(path, why, sizeof why)) {
			output_complain("%s", why);
			return EXIT_FAILURE;
		}
		if (!keys_give(path))
			output_complain("%s: %s: give it to " KEYS_USER
					" by chown",
			    path, strerror(errno));
	}
	return make_known(call, public_path, kind->next);
}
