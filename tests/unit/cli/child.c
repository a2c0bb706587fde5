/* child.c - a program is run with the settings of a file, and heard. */
#include "cli/child.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

static char said[65536];

static int
run(const char *const *argv, const char *const *env, const char *settings)
{
	const struct child child = { .argv = argv,
		.env = env,
		.settings = settings };

	return child_run(&child, said, sizeof said);
}

Test(child, its_status_is_told)
{
	const char *const well[] = { "true", NULL };
	const char *const ill[] = { "sh", "-c",
		"echo out; echo err >&2; exit 7", NULL };
	const char *const ended[] = { "sh", "-c", "kill $$", NULL };
	const char *const missing[] = { "/nonexistent", NULL };

	cr_expect_eq(run(well, NULL, NULL), 0);
	cr_expect_str_eq(said, "");
	cr_expect_eq(run(ill, NULL, NULL), 7);
	cr_expect_str_eq(said, "out\nerr\n");
	cr_expect_eq(run(ended, NULL, NULL), -1);
	cr_expect_eq(run(missing, NULL, NULL), -1);
	cr_expect_str_eq(said, "/nonexistent: No such file or directory\n");
}

Test(child, it_has_the_settings_of_a_file)
{
	static const char text[] = "# a comment=7\n"
				   "PLAIN=a b\n"
				   "  QUOTED=\"c \\\n"
				   "d\"\n"
				   "SINGLE='e f'\n"
				   "\n"
				   "EMPTY=\n";
	const char *const show[] = { "sh", "-c",
		"echo \"$PLAIN|$QUOTED|$SINGLE|${EMPTY-none}|$BESIDE\"", NULL };
	const char *const beside[] = { "BESIDE=g", NULL };
	char path[] = "/tmp/postern-child-XXXXXX";
	int fd = mkstemp(path);

	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	cr_expect_eq(run(show, beside, path), 0);
	cr_expect_str_eq(said, "a b|c d|e f||g\n");
	unlink(path);
	cr_expect_eq(run(show, beside, path), -1);
}

Test(child, what_is_too_long_is_cut)
{
	const char *const much[] = { "sh", "-c", "yes | head -c 100000", NULL };
	const struct child child = { .argv = much };
	char little[16];

	cr_expect_eq(child_run(&child, little, sizeof little), 0);
	cr_expect_eq(strlen(little), sizeof little - 1);
}

/* In another's, libpq fails at the certificates that it may not look for. */
Test(child, its_home_is_that_of_its_user)
{
	const char *const show[] = { "sh", "-c", "echo \"$(id -un) $HOME\"",
		NULL };
	const struct passwd *who = getpwnam("nobody");
	const struct child child = { .argv = show, .user = "nobody" };
	char wanted[256];

	if (geteuid() != 0 || who == NULL)
		return;
	snprintf(wanted, sizeof wanted, "nobody %s\n", who->pw_dir);
	cr_expect_eq(child_run(&child, said, sizeof said), 0);
	cr_expect_str_eq(said, wanted);
}
