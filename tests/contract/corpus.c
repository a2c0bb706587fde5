/* corpus.c - the corpus of bad JSON, each document over the wire. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#include "account.h"
#include "calm.h"
#include "site.h"

#define AT_LEAST 150

TestSuite(corpus, .init = calm, .fini = calm, .timeout = 120);

static size_t
read_document(const char *directory, const char *name, char body[BODY_ROOM])
{
	char path[2 * PATH_ROOM];
	size_t n;
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", directory, name);
	f = fopen(path, "re");
	cr_assert_not_null(f, "%s", path);
	n = fread(body, 1, BODY_ROOM - 1, f);
	fclose(f);
	body[n] = '\0';
	return n;
}

/* A process each under CGI: every fourth must do. */
static int
stride(void)
{
	return has_responder() || long_run() ? 1 : 4;
}

/* Post every document of a directory; how many there are. */
static int
post_all(const char *name, const struct account *who,
    void (*expect)(const char *name, const struct answer *a))
{
	const char *srcdir = getenv("srcdir");
	char directory[PATH_ROOM], body[BODY_ROOM];
	struct client *client = client_open(true);
	struct dirent *entry;
	struct answer a;
	int count = 0;
	DIR *d;

	snprintf(directory, sizeof directory, "%s/tests/corpus/%s",
	    srcdir != NULL ? srcdir : ".", name);
	d = opendir(directory);
	cr_assert_not_null(d, "%s", directory);
	while ((entry = readdir(d)) != NULL) {
		size_t n;

		if (entry->d_name[0] == '.' || count++ % stride() != 0)
			continue;
		n = read_document(directory, entry->d_name, body);
		client_send(client,
		    &(struct request){ .token = who->token,
			.body = body,
			.length = n },
		    &a);
		expect(entry->d_name, &a);
	}
	closedir(d);
	client_close(client);
	if (stride() != 1)
		tell("%s: every %dth of %d posted", name, stride(), count);
	return count;
}

static void
expect_invalid(const char *name, const struct answer *a)
{
	expect_answer(name, a,
	    (struct want){ 400, "invalid_json", NULL, NULL });
}

static void
expect_no_fault(const char *name, const struct answer *a)
{
	cr_expect((a->status == 400 || a->status == 201) &&
		strstr(a->body, "invalid_json") == NULL,
	    "%s: %d: %s", name, a->status, a->body);
}

Test(corpus, bad_json_is_refused_and_leaves_no_row)
{
	struct account who = account_new();
	int count = post_all("json", &who, expect_invalid);

	cr_expect_geq(count, AT_LEAST, "%d documents", count);
	cr_expect_eq(account_webhooks(&who), 0, "zero rows");
}

Test(corpus, good_json_is_judged_by_what_it_says)
{
	struct account who = account_new();

	cr_expect_gt(post_all("json-valid", &who, expect_no_fault), 0);
}
