/* main.c - postern-keygen: makes the key pairs that the other programs use. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "common/option_table.h"
#include "common/shared_options.h"
#include "common/harden.h"
#include "common/seal.h"
#include "common/ed25519_key.h"

#define FILES 64

struct kind {
	const char *option;
	bool (*make)(const char *path, char *why, size_t why_size);
	const char *private_use, *public_use, *function;
};

static const struct kind sealing = { "--sealing", seal_make_keys,
	"postern-delivery's --key", "postern-responder's --seal-key",
	"add_sealing_key" };

static const struct kind signing = { "--signing", ed25519_key_make_keys,
	"postern-delivery's --signing-key", "receivers", "add_signing_key" };

struct settings {
	struct shared_options common; /* must come first */
	const struct kind *kind;      /* NULL: nothing to make */
	const char *path;
};

static bool
set_kind(void *to, const struct kind *kind, const char *value, char *why,
    size_t size)
{
	struct settings *s = to;

	snprintf(why, size, "one pair at a time, with a path");
	if (s->kind != NULL || *value == '\0')
		return false;
	s->kind = kind;
	s->path = value;
	return true;
}

static bool
set_sealing(void *to, const char *value, char *why, size_t size)
{
	return set_kind(to, &sealing, value, why, size);
}

static bool
set_signing(void *to, const char *value, char *why, size_t size)
{
	return set_kind(to, &signing, value, why, size);
}

static const struct option_row rows[] = {
	{ .name = "signing",
	    .argument = "PATH",
	    .apply = set_signing,
	    .action = true,
	    .help = "make a signing key: PATH and PATH.pub, then exit" },
	{ .name = "sealing",
	    .argument = "PATH",
	    .apply = set_sealing,
	    .action = true,
	    .help = "make a sealing key: PATH and PATH.pub, then exit" },
	SHARED_ROW_HELP,
	SHARED_ROW_VERSION,
	{ .name = NULL },
};

static const struct program program = {
	.name = "postern-keygen",
	.summary = "Makes the key pairs that Postern seals and signs with.",
	.rows = rows,
};

static int
make_pair(const struct kind *kind, const char *path)
{
	char why[OPTION_WHY_MAX];

	umask(0022);
	if (!harden_process(FILES, NULL))
		return EXIT_FAILURE;
	if (!kind->make(path, why, sizeof why))
		return option_print_error(program.name, kind->option, why);
	printf("%s: the private half, for %s alone\n"
	       "%s.pub: the public half, for %s; make it known with\n"
	       "  psql -c \"SELECT postern.%s('$(cat %s.pub)')\"\n",
	    path, kind->private_use, path, kind->public_use, kind->function,
	    path);
	return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
	struct settings settings = { .kind = NULL };
	int status;

	if (!shared_options_begin(&program, &settings, argc, argv, &status))
		return status;
	if (settings.kind != NULL)
		return make_pair(settings.kind, settings.path);
	option_print_error(program.name, NULL,
	    "nothing to make: give it --signing PATH or --sealing PATH");
	return EXIT_USAGE;
}
