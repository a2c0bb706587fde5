/* file_words.c - words are found in settings, not in their comments. */
#include "cli/file_words.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

static const char text[] = "# the socket is: a.sock\n"
			   "pass a.sock.old; # not b.sock\n"
			   "# pass b.sock\n"
			   "on;\tpass unix:c.sock;";

Test(file_words, are_found_in_lines_but_not_behind_a_hash)
{
	cr_expect(file_words_in_text(text, "a.sock"));
	cr_expect(file_words_in_text(text, "pass unix:c.sock"));
	cr_expect_not(file_words_in_text(text, "b.sock"));
	cr_expect_not(file_words_in_text(text, "d.sock"));
	cr_expect_not(file_words_in_text("", "d.sock"));
}

Test(file_words, are_found_in_the_first_file_that_has_them)
{
	char path[] = "/tmp/postern.XXXXXX", found[64] = "";
	const char *patterns[] = { "/nonexistent/*", path, NULL };
	int fd = mkstemp(path);

	cr_assert(fd >= 0);
	cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	cr_expect(file_words_find(patterns, "c.sock", found, sizeof found));
	cr_expect_str_eq(found, path);
	cr_expect_not(file_words_find(patterns, "b.sock", found, sizeof found));
	cr_expect_not(file_words_in("/nonexistent", "c.sock"));
	unlink(path);
}
