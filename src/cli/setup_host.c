/* setup_host.c - users, keys and settings of Postern on this host. */
#include "cli/setup_host.h"

#include <errno.h>
#include <fcntl.h>
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

#include "cli/child.h"
#include "cli/keys.h"

#define PATH_MAX_BYTES 1024
#define TEXT_MAX_BYTES 2048

static const char *const users[] = { "postern", KEYS_USER };

static const struct key {
	const char *file;
	bool (*make)(const char *path, char *why, size_t why_size);
} keys[] = {
	{ "seal", seal_make_keys },
	{ "sign", ed25519_key_make_keys },
};

/* The lines behind the first have the directory before the name of a key. */
static const struct settings {
	const char *file, *role, *lines[2][2];
} settings[] = {
	{ "responder.env", "postern_responder",
	    { { "POSTERN_SEAL_KEY", "seal.pub" } } },
	{ "delivery.env", "postern_delivery",
	    { { "POSTERN_KEY", "seal" }, { "POSTERN_SIGNING_KEY", "sign" } } },
};

static void
make_user(struct findings *findings, const char *name)
{
	const char *const argv[] = { "adduser", "--quiet", "--system",
		"--group", "--no-create-home", name, NULL };
	struct child child = { .argv = argv };
	char said[TEXT_MAX_BYTES];

	if (getpwnam(name) != NULL)
		findings_add(findings, "user", FINDING_GOOD, NULL,
		    "%s was there", name);
	else if (child_run(&child, said, sizeof said) == 0)
		findings_add(findings, "user", FINDING_GOOD, NULL, "%s is made",
		    name);
	else
		findings_add(findings, "user", FINDING_BAD,
		    "make it by hand: doc/install.md", "%s: adduser: %s", name,
		    said);
}

static void
make_directory(struct findings *findings, const char *directory)
{
	bool made = mkdir(directory, 0755) == 0;

	if (made || errno == EEXIST)
		findings_add(findings, "settings", FINDING_GOOD, NULL, "%s %s",
		    directory, made ? "is made" : "was there");
	else
		findings_add(findings, "settings", FINDING_BAD,
		    "make it by hand", "%s: %s", directory, strerror(errno));
}

static void
make_key(struct findings *findings, const struct key *key,
    const char *directory)
{
	char path[PATH_MAX_BYTES], why[OPTION_WHY_MAX];

	snprintf(path, sizeof path, "%s/%s", directory, key->file);
	if (access(path, F_OK) == 0)
		findings_add(findings, "key", FINDING_GOOD, NULL,
		    "%s was there", path);
	else if (!key->make(path, why, sizeof why))
		findings_add(findings, "key", FINDING_BAD,
		    "make it by hand: postern-keygen(8)", "%s", why);
	else if (!keys_give(path))
		findings_add(findings, "key", FINDING_BAD,
		    "give it to " KEYS_USER " by chown", "%s: %s", path,
		    strerror(errno));
	else
		findings_add(findings, "key", FINDING_GOOD, NULL, "%s is made",
		    path);
}

static bool
write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	size_t n = strlen(text);
	bool ok = fd >= 0 && write(fd, text, n) == (ssize_t)n;

	if (fd >= 0 && close(fd) != 0)
		ok = false;
	return ok;
}

static void
write_settings(const struct settings *which, const char *directory,
    const char *database, char text[TEXT_MAX_BYTES])
{
	size_t n = 0;

	snprintf(text, TEXT_MAX_BYTES, "POSTERN_DATABASE=\"%s user=%s\"\n",
	    database, which->role);
	for (size_t i = 0; i < COUNT(which->lines); i++) {
		n = strlen(text);
		if (which->lines[i][0] != NULL)
			snprintf(text + n, TEXT_MAX_BYTES - n, "%s=%s/%s\n",
			    which->lines[i][0], directory, which->lines[i][1]);
	}
}

/* Whatever is there is the operator's. */
static void
make_settings(struct findings *findings, const struct settings *which,
    const char *directory, const char *database)
{
	char path[PATH_MAX_BYTES], text[TEXT_MAX_BYTES];

	snprintf(path, sizeof path, "%s/%s", directory, which->file);
	write_settings(which, directory, database, text);
	if (access(path, F_OK) == 0)
		findings_add(findings, "settings", FINDING_GOOD, NULL,
		    "%s was there", path);
	else if (write_file(path, text))
		findings_add(findings, "settings", FINDING_GOOD, NULL,
		    "%s is made", path);
	else
		findings_add(findings, "settings", FINDING_BAD,
		    "make it by hand: doc/install.md", "%s: %s", path,
		    strerror(errno));
}

void
setup_host(struct findings *findings, const char *directory,
    const char *database)
{
	umask(0022);
	for (size_t i = 0; i < COUNT(users); i++)
		make_user(findings, users[i]);
	make_directory(findings, directory);
	for (size_t i = 0; i < COUNT(keys); i++)
		make_key(findings, &keys[i], directory);
	for (size_t i = 0; i < COUNT(settings); i++)
		make_settings(findings, &settings[i], directory, database);
}
