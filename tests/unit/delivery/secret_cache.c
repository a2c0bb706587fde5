/* secret_cache.c - secrets are opened by any of the keys, and by no other. */
#include "delivery/secret_cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>

static char directory[] = "/tmp/postern-keys-XXXXXX";
static char one[64], two[64], one_pub[72], two_pub[72], why[512];

static void
make_keys(void)
{
	cr_assert_not_null(mkdtemp(directory));
	snprintf(one, sizeof one, "%s/one", directory);
	snprintf(two, sizeof two, "%s/two", directory);
	snprintf(one_pub, sizeof one_pub, "%s.pub", one);
	snprintf(two_pub, sizeof two_pub, "%s.pub", two);
	cr_assert(seal_make_keys(one, why, sizeof why), "%s", why);
	cr_assert(seal_make_keys(two, why, sizeof why), "%s", why);
}

static void
remove_keys(void)
{
	unlink(one);
	unlink(two);
	unlink(one_pub);
	unlink(two_pub);
	rmdir(directory);
}

TestSuite(secret_cache, .init = make_keys, .fini = remove_keys);

static void
seal(const char *path, unsigned char secret[SECRET_BYTES],
    struct sealed *sealed)
{
	struct sealer *s = sealer_open(path, why, sizeof why);

	cr_assert_not_null(s, "%s", why);
	secret_make(secret);
	cr_assert(sealer_seal(s, secret, SECRET_BYTES, sealed));
	sealer_close(s);
}

Test(secret_cache, any_of_them_opens)
{
	char *const paths[] = { one, two };
	struct secret_cache *k = secret_cache_open(paths, 2, why, sizeof why);
	unsigned char secrets[2][SECRET_BYTES], opened[SECRET_READ_MAX];
	const unsigned char ids[2][ID_BYTES] = { { 1 }, { 2 } };
	struct sealed sealed[2];

	cr_assert_not_null(k, "%s", why);
	seal(one_pub, secrets[0], &sealed[0]);
	seal(two_pub, secrets[1], &sealed[1]);
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < 2; i++) {
			cr_assert(
			    secret_cache_get(k, ids[i], &sealed[i], opened));
			cr_assert_eq(memcmp(opened, secrets[i], SECRET_BYTES),
			    0);
		}
	secret_cache_close(k);
}

Test(secret_cache, no_other_does)
{
	char *const paths[] = { one };
	struct secret_cache *k = secret_cache_open(paths, 1, why, sizeof why);
	unsigned char secret[SECRET_BYTES], opened[SECRET_READ_MAX];
	const unsigned char id[ID_BYTES] = { 1 };
	struct sealed sealed;

	seal(two_pub, secret, &sealed);
	cr_assert_not(secret_cache_get(k, id, &sealed, opened));
	seal(one_pub, secret, &sealed);
	sealed.box[3] ^= 1;
	cr_assert_not(secret_cache_get(k, id, &sealed, opened));
	secret_cache_close(k);
}

Test(secret_cache, read_again_or_kept)
{
	char *const paths[] = { one };
	struct secret_cache *k = secret_cache_open(paths, 1, why, sizeof why);
	unsigned char secret[SECRET_BYTES], opened[SECRET_READ_MAX];
	const unsigned char id[ID_BYTES] = { 1 };
	struct sealed sealed;

	seal(one_pub, secret, &sealed);
	cr_assert_eq(rename(one, two), 0);
	cr_assert_not(secret_cache_reload(k, why, sizeof why));
	cr_assert(secret_cache_get(k, id, &sealed, opened), "it is kept");
	cr_assert_eq(rename(two, one), 0);
	cr_assert(secret_cache_reload(k, why, sizeof why), "%s", why);
	cr_assert(secret_cache_get(k, id, &sealed, opened));
	cr_assert_eq(secret_cache_key_count(k), 1);
	cr_assert_eq(memcmp(secret_cache_key_id(k, 0), sealed.key_id,
			 SEAL_KEY_ID_BYTES),
	    0);
	secret_cache_close(k);
}

Test(secret_cache, a_missing_file_is_named)
{
	char *const paths[] = { one, (char[]){ "/nowhere/key" } };

	cr_assert_null(secret_cache_open(paths, 2, why, sizeof why));
	cr_assert_not_null(strstr(why, "/nowhere/key"));
	secret_cache_close(NULL);
}

static void
seal_headers(const char *text, struct sealed_text *sealed)
{
	struct sealer *s = sealer_open(one_pub, why, sizeof why);

	cr_assert_not_null(s, "%s", why);
	cr_assert(
	    sealer_seal_text(s, (struct text){ text, strlen(text) }, sealed));
	sealer_close(s);
}

Test(secret_cache, headers_are_opened_and_remembered_by_their_id)
{
	char *const paths[] = { two, one };
	struct secret_cache *k = secret_cache_open(paths, 2, why, sizeof why);
	unsigned char ids[2][ID_BYTES] = { { 1 }, { 1, [15] = 1 } };
	static const char text[] = "X-Key: 1\r\n";
	struct sealed_text sealed;
	struct text headers;

	seal_headers(text, &sealed);
	for (int i = 0; i < 2; i++) {
		cr_assert(secret_cache_headers(k, ids[0], &sealed, &headers));
		cr_assert_eq(headers.length, strlen(text));
		cr_assert_eq(memcmp(headers.start, text, headers.length), 0);
	}
	sealed.box[0] ^= 1;
	cr_assert(secret_cache_headers(k, ids[0], &sealed, &headers),
	    "from memory");
	cr_assert_not(secret_cache_headers(k, ids[1], &sealed, &headers));
	cr_assert(secret_cache_reload(k, why, sizeof why), "%s", why);
	cr_assert_not(secret_cache_headers(k, ids[0], &sealed, &headers),
	    "a reload forgets them");
	secret_cache_close(k);
}

/* Whoever writes to the database may seal what he likes. */
Test(secret_cache, headers_that_are_none_are_not_opened)
{
	char *const paths[] = { one };
	struct secret_cache *k = secret_cache_open(paths, 1, why, sizeof why);
	static const char *const wrong[] = { "x", "Host: a\r\n",
		"a: b\r\n\r\nGET / HTTP/1.1\r\n" };
	const unsigned char id[ID_BYTES] = { 1 };
	struct sealed_text sealed;
	struct text headers;

	for (size_t i = 0; i < COUNT(wrong); i++) {
		seal_headers(wrong[i], &sealed);
		cr_expect_not(secret_cache_headers(k, id, &sealed, &headers),
		    "row %zu", i);
	}
	secret_cache_close(k);
}
