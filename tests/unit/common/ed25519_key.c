/* ed25519_key.c - the platform's signature, its key files, and what is refused. */
#include "common/ed25519_key.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <sodium.h>

#define SEED_AND_HALF                                          \
	"6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HK" \
	"pMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
#define LINE "postern-signing-private-1 %s whsk_%s"

static char path[64];

static void
set_up(void)
{
	snprintf(path, sizeof path, "/tmp/postern-signer-%d", (int)getpid());
	cr_assert_geq(sodium_init(), 0);
}

static void
tear_down(void)
{
	char public_path[128];

	snprintf(public_path, sizeof public_path, "%s.pub", path);
	unlink(path);
	unlink(public_path);
}

TestSuite(ed25519_key, .init = set_up, .fini = tear_down);

static void
put(const char *id, const char *key, mode_t mode)
{
	FILE *f = fopen(path, "w");

	cr_assert_not_null(f);
	fprintf(f, LINE "\n", id, key);
	fclose(f);
	cr_assert_eq(chmod(path, mode), 0);
}

static void
expect_refused(const char *wanted)
{
	char why[512] = "";

	cr_assert_null(ed25519_key_open(path, why, sizeof why));
	cr_assert_not_null(strstr(why, wanted), "it says: %s", why);
	cr_assert_null(strstr(why, "6Xb/"), "it says: %s", why);
}

Test(ed25519_key, makes_a_pair_that_it_reads_and_that_verifies)
{
	unsigned char signature[ED25519_SIGNATURE_BYTES], half[32];
	char why[512], text[256], id[17];
	struct ed25519_key *s;
	struct stat st;
	FILE *f;

	cr_assert(ed25519_key_make_keys(path, why, sizeof why), "%s", why);
	cr_assert_eq(stat(path, &st), 0);
	cr_assert_eq(st.st_mode & 0777, 0600);
	s = ed25519_key_open(path, why, sizeof why);
	cr_assert_not_null(s, "%s", why);
	ed25519_key_sign(s, "content", 7, signature);
	snprintf(text, sizeof text, "%s.pub", path);
	f = fopen(text, "r");
	cr_assert_not_null(f);
	cr_assert_not_null(fgets(text, sizeof text, f));
	fclose(f);
	sodium_bin2hex(id, sizeof id, ed25519_key_id(s), KEYFILE_ID_BYTES);
	cr_assert_eq(strncmp(text, "postern-signing-public-1 ", 25), 0);
	cr_assert_eq(strncmp(text + 25, id, 16), 0);
	cr_assert_eq(strncmp(text + 41, " whpk_", 6), 0);
	cr_assert_eq(sodium_base642bin(half, sizeof half, text + 47, 44, NULL,
			 NULL, NULL, sodium_base64_VARIANT_ORIGINAL),
	    0);
	cr_assert_eq(crypto_sign_verify_detached(signature,
			 (const unsigned char *)"content", 7, half),
	    0);
	cr_assert_neq(crypto_sign_verify_detached(signature,
			  (const unsigned char *)"contenT", 7, half),
	    0);
	ed25519_key_close(s);
	ed25519_key_close(NULL);
}

Test(ed25519_key, makes_no_pair_over_another)
{
	char why[512];

	cr_assert(ed25519_key_make_keys(path, why, sizeof why));
	cr_assert_not(ed25519_key_make_keys(path, why, sizeof why));
	cr_assert_not_null(strstr(why, "File exists"), "%s", why);
}

Test(ed25519_key, refuses_a_file_that_others_can_read)
{
	put("89b0258485a349c0", SEED_AND_HALF, 0640);
	expect_refused("chmod 600");
}

Test(ed25519_key, refuses_what_is_no_signing_key)
{
	static const struct {
		const char *id, *key, *wanted;
	} cases[] = {
		{ "d9e8", SEED_AND_HALF, "not a line" },
		{ "89b0258485a349c0", "", "not a line" },
		{ "89b0258485a349c0",
		    "6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbc=",
		    "not a line" },
		{ "89b0258485a349c0", SEED_AND_HALF "x", "not a line" },
		{ "0000000000000000", SEED_AND_HALF, "damaged" },
		/* the seed of one with the public half of another */
		{ "89b0258485a349c0",
		    "6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJ"
		    "CubMbfVKIDij2HKpMKkioLlaaaaaaaaaaAJ6p9lMicMFs6Kvg==",
		    "damaged" },
	};
	char why[512];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		put(cases[i].id, cases[i].key, 0600);
		expect_refused(cases[i].wanted);
	}
	unlink(path);
	cr_assert_null(ed25519_key_open(path, why, sizeof why));
	cr_assert_not_null(strstr(why, "No such file"), "%s", why);
}
