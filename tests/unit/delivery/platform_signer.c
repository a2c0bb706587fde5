/*
 * platform_signer.c - v1a items are those of an independent implementation.
 *
 * The first vector is the one that the Standard Webhooks ecosystem publishes
 * (the key pair and signature are in the tests and manual of the Svix server,
 * the signature also in the specification's example of headers). Those by the
 * second key and of the second content were made with Python's cryptography,
 * that is OpenSSL; those by accounts' keys as in tests/unit/common/key_blinding.c.
 */
#include "delivery/platform_signer.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <sodium.h>

#define FIRST_KEY                                                      \
	"89b0258485a349c0 whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJC" \
	"ubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
#define SECOND_KEY                                                     \
	"40bca4eaf9d2b097 whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGx" \
	"wdHh8DoQe/884Qvh1w3RjnS8CZZ+TWMJulDV8d3IZkElUxuA=="
#define BODY "{\"test\": 2432232314}"
#define CONTENT "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330." BODY
#define OTHER_CONTENT "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265331." BODY
#define FIRST_ITEM                                                     \
	"v1a,hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFy" \
	"mVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="
#define OTHER_FIRST_ITEM                                               \
	"v1a,p/qFQ5gVKqVul53xEcBFWRCNTSZoiEnKPi5yvQJCTNAPJqTnFKx5YMqu" \
	"0teoT0HpeZeszU41+5gN3/mkITd5CQ=="
#define SECOND_ITEM                                                    \
	"v1a,yoUrgEkc12aGqm0n4Sydmdz55xJfTz4AsAgieHFjmkR7LJtqVCZOQYzv" \
	"vHjI5kAey+r4iaBGxTFRrl2iBQxtDQ=="

#define FIRST_OF_A                                                     \
	"v1a,47gVht+kY1GZIhfkwC1LS1h/zTY+ZsWy80J3+c4+tRAkpb+amn7CU/NQ" \
	"u699RPWcWPnxSioOeGBuZeVzk6Q2BQ=="
#define SECOND_OF_A                                                    \
	"v1a,TeSTWfG2KkaalMUpUALRQpLGbakIOyvIAijDUWg7HWnkpVzW3t+HoArs" \
	"UyoWaCINtGmu+AekHe951AsEeotmAQ=="
#define FIRST_OF_B                                                     \
	"v1a,1dH5mT4PhUkKxvx48IkoxV4vNeAX1xGzZkkUKACTqG6yDsEeFCNz7ZmW" \
	"z1mjuBSWFHmaX29RAMUBdjDpcAGXDQ=="
#define SECOND_OF_B                                                    \
	"v1a,qHxablQiABmwwW5GvnQK1IEYTgEigtcVxk47pwL2eyresulxv9XrORSG" \
	"3vpoXJZQ/G+N3gGO+1AbGqWRDIv5CQ=="

static const unsigned char
    account_a[ID_BYTES] = { [6] = 0x70, 0, 0x80, [15] = 0x0a };
static const unsigned char
    account_b[ID_BYTES] = { [6] = 0x70, 0, 0x80, [15] = 0x0b };

static char paths[2][64];
static char *const both[] = { paths[0], paths[1] };

static void
put(const char *path, const char *line)
{
	FILE *f = fopen(path, "w");

	cr_assert_not_null(f);
	fprintf(f, "postern-signing-private-1 %s\n", line);
	fclose(f);
	cr_assert_eq(chmod(path, 0600), 0);
}

static void
set_up(void)
{
	static const char *lines[] = { FIRST_KEY, SECOND_KEY };

	for (int i = 0; i < 2; i++) {
		snprintf(paths[i], sizeof paths[i],
		    "/tmp/postern-signers-%d-%d", (int)getpid(), i);
		put(paths[i], lines[i]);
	}
}

static void
tear_down(void)
{
	unlink(paths[0]);
	unlink(paths[1]);
}

TestSuite(platform_signer, .init = set_up, .fini = tear_down);

static struct platform_signer *
open_in(enum signing_scope scope, size_t count)
{
	char why[512];
	struct platform_signer *s =
	    platform_signer_open(both, count, scope, why, sizeof why);

	cr_assert_not_null(s, "%s", why);
	cr_assert_eq(platform_signer_key_count(s), count);
	return s;
}

static struct platform_signer *
open_keys(size_t count)
{
	return open_in(SIGNING_PLATFORM, count);
}

static void
expect_of(struct platform_signer *s, const unsigned char account[ID_BYTES],
    const char *content, const char *wanted)
{
	char text[PLATFORM_SIGNER_TEXT_MAX];

	platform_signer_write(s, account, content, strlen(content), text);
	cr_assert_str_eq(text, wanted);
}

static void
expect(struct platform_signer *s, const char *content, const char *wanted)
{
	expect_of(s, account_a, content, wanted);
}

Test(platform_signer, the_published_vector)
{
	struct platform_signer *s = open_keys(1);

	expect(s, CONTENT, " " FIRST_ITEM);
	expect(s, CONTENT, " " FIRST_ITEM);
	expect(s, OTHER_CONTENT, " " OTHER_FIRST_ITEM);
	platform_signer_close(s);
}

Test(platform_signer, one_item_for_each_key)
{
	struct platform_signer *s = open_keys(2);

	expect(s, CONTENT, " " FIRST_ITEM " " SECOND_ITEM);
	platform_signer_close(s);
}

/* Not even what is remembered of one account is another's. */
Test(platform_signer, sign_by_account)
{
	struct platform_signer *s = open_in(SIGNING_ACCOUNT, 2);
	char why[512];

	for (int round = 0; round < 2; round++) {
		expect_of(s, account_a, CONTENT,
		    " " FIRST_OF_A " " SECOND_OF_A);
		expect_of(s, account_b, CONTENT,
		    " " FIRST_OF_B " " SECOND_OF_B);
	}
	put(paths[0], SECOND_KEY);
	cr_assert(platform_signer_reload(s, why, sizeof why), "%s", why);
	expect_of(s, account_a, CONTENT, " " SECOND_OF_A " " SECOND_OF_A);
	platform_signer_close(s);
}

Test(platform_signer, say_in_which_scope)
{
	struct platform_signer *s = open_in(SIGNING_ACCOUNT, 1);

	cr_assert_str_eq(platform_signer_scope(s), "account");
	platform_signer_close(s);
	s = open_keys(1);
	cr_assert_str_eq(platform_signer_scope(s), "platform");
	platform_signer_close(s);
	s = open_keys(0);
	cr_assert_null(platform_signer_scope(s));
	platform_signer_close(s);
}

Test(platform_signer, without_a_key_there_is_no_item)
{
	struct platform_signer *s = open_keys(0);

	expect(s, CONTENT, "");
	platform_signer_close(s);
	platform_signer_close(NULL);
}

/* More contents than are remembered: what is said stays their own. */
Test(platform_signer, remember_nothing_wrong)
{
	struct platform_signer *s = open_keys(1), *fresh;
	char content[32], text[PLATFORM_SIGNER_TEXT_MAX];

	for (int round = 0; round < 2; round++) {
		fresh = open_keys(1);
		for (int i = 0; i < 1000; i++) {
			snprintf(content, sizeof content, "content %d", i);
			platform_signer_write(fresh, account_a, content,
			    strlen(content), text);
			expect(s, content, text);
		}
		platform_signer_close(fresh);
	}
	platform_signer_close(s);
}

static void *
write_many(void *arg)
{
	char text[PLATFORM_SIGNER_TEXT_MAX];
	bool same = true;

	for (int i = 0; i < 500; i++) {
		platform_signer_write(arg, account_b, CONTENT, strlen(CONTENT),
		    text);
		if (strcmp(text, " " FIRST_OF_B) != 0)
			same = false;
		platform_signer_write(arg, account_a, (char *)&i, sizeof i,
		    text);
	}
	return same ? NULL : arg;
}

Test(platform_signer, serve_threads_while_files_are_read)
{
	struct platform_signer *s = open_in(SIGNING_ACCOUNT, 1);
	pthread_t threads[2];
	char why[512];
	void *failed;

	for (int i = 0; i < 2; i++)
		pthread_create(&threads[i], NULL, write_many, s);
	for (int i = 0; i < 50; i++)
		cr_assert(platform_signer_reload(s, why, sizeof why), "%s",
		    why);
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], &failed);
		cr_assert_null(failed);
	}
	platform_signer_close(s);
}

Test(platform_signer, read_their_files_again)
{
	struct platform_signer *s = open_keys(1);
	char why[512];

	expect(s, CONTENT, " " FIRST_ITEM);
	put(paths[0], SECOND_KEY);
	expect(s, CONTENT, " " FIRST_ITEM);
	cr_assert(platform_signer_reload(s, why, sizeof why), "%s", why);
	expect(s, CONTENT, " " SECOND_ITEM);
	unlink(paths[0]);
	cr_assert_not(platform_signer_reload(s, why, sizeof why));
	cr_assert_not_null(strstr(why, "No such file"), "%s", why);
	expect(s, CONTENT, " " SECOND_ITEM);
	platform_signer_close(s);
}
