/* attempt.c - what an attempt holds, and what of it is logged. */
#include "delivery/attempt.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

static const char url[] = "https://hooks.example.com/in?token=hidden";

static struct attempt *
failed(void)
{
	struct attempt *a = attempt_new(url, sizeof url - 1, "{\"a\":1}", 7);

	a->id = 42;
	a->attempt_no = 3;
	memset(a->webhook, 0xab, ID_BYTES);
	memset(a->message, 0xcd, ID_BYTES);
	attempt_end(a, ENDING_ANSWERED, 500);
	return a;
}

Test(attempt, has_copies_of_its_texts)
{
	struct attempt *a = failed(), *none;

	cr_assert_str_eq(a->url, url);
	cr_assert_str_eq(a->body, "{\"a\":1}");
	cr_assert_eq(a->body_length, 7);
	attempt_free(a);
	none = attempt_new(url, sizeof url - 1, NULL, 0);
	cr_assert_null(none->body);
	attempt_free(none);
	attempt_free(NULL);
}

Test(attempt, its_content_is_id_timestamp_and_body_in_place)
{
	static const char *stamps[] = { "1614265330", "1",
		"18446744073709551615", "1614265331" };
	struct attempt *a = failed();

	for (size_t i = 0; i < sizeof stamps / sizeof *stamps; i++) {
		char wanted[128];
		const char *content;
		size_t length;

		snprintf(wanted, sizeof wanted,
		    "msg_cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd.%s.{\"a\":1}",
		    stamps[i]);
		content = attempt_content(a, stamps[i], &length);
		cr_assert_str_eq(content, wanted);
		cr_assert_eq(length, strlen(wanted));
		cr_assert_str_eq(a->url, url);
		cr_assert_str_eq(a->body, "{\"a\":1}");
	}
	attempt_free(a);
}

Test(attempt, its_line_has_ids_and_neither_url_nor_body)
{
	char line[1024] = "";
	int ends[2], kept = dup(STDERR_FILENO);
	struct attempt *a = failed();

	cr_assert_eq(pipe(ends), 0);
	dup2(ends[1], STDERR_FILENO);
	attempt_log(a);
	dup2(kept, STDERR_FILENO);
	cr_assert_gt(read(ends[0], line, sizeof line - 1), 0);
	cr_assert_not_null(strstr(line,
			       " level=warning text=\"attempt failed\" "
			       "delivery=42 attempt=3 "
			       "account=00000000-0000-0000-0000-000000000000 "
			       "webhook=abababab-abab-abab-abab-abababababab "
			       "message=msg_cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd "
			       "verdict=rejected status=500\n"),
	    "%s", line);
	cr_assert_null(strstr(line, "hidden"));
	attempt_free(a);
}
