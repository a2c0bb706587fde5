/* file_stamp.c - tests: a change is noticed, but not looked for each time. */
#include "http/file_stamp.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <criterion/criterion.h>

static char path[] = "/tmp/postern-stamp-XXXXXX";

static void
write_file(const char *text)
{
	FILE *f = fopen(path, "w");

	fputs(text, f);
	fclose(f);
}

static void
begin(void)
{
	close(mkstemp(path));
}

static void
end(void)
{
	unlink(path);
}

Test(file_stamp, a_change_is_noticed_when_it_is_time, .init = begin,
    .fini = end)
{
	struct file_stamp s = { .looked = false };
	long long now_ms = 1;

	cr_expect(file_stamp_changed(&s, path, now_ms));
	cr_expect_not(file_stamp_changed(&s, path, now_ms));
	write_file("one");
	cr_expect_not(file_stamp_changed(&s, path, now_ms + 1));
	now_ms += FILE_STAMP_CHECK_MS;
	cr_expect(file_stamp_changed(&s, path, now_ms));
	now_ms += FILE_STAMP_CHECK_MS;
	cr_expect_not(file_stamp_changed(&s, path, now_ms));
	file_stamp_forget(&s);
	cr_expect(file_stamp_changed(&s, path, now_ms));
}

Test(file_stamp, a_file_may_come_and_go, .init = begin, .fini = end)
{
	struct file_stamp s = { .looked = false };
	long long now_ms = 1;

	unlink(path);
	cr_expect(file_stamp_changed(&s, path, now_ms));
	now_ms += FILE_STAMP_CHECK_MS;
	cr_expect_not(file_stamp_changed(&s, path, now_ms));
	write_file("one");
	now_ms += FILE_STAMP_CHECK_MS;
	cr_expect(file_stamp_changed(&s, path, now_ms));
	unlink(path);
	now_ms += FILE_STAMP_CHECK_MS;
	cr_expect(file_stamp_changed(&s, path, now_ms));
}
