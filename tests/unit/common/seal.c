/* seal.c - what is sealed only the private half can open. */
#include "common/seal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <criterion/criterion.h>

static char directory[] = "/tmp/postern-seal-XXXXXX";
static char private_path[64], public_path[64], why[512];

static void
make_keys(void)
{
	cr_assert_not_null(mkdtemp(directory));
	snprintf(private_path, sizeof private_path, "%s/key", directory);
	snprintf(public_path, sizeof public_path, "%s/key.pub", directory);
	cr_assert(seal_make_keys(private_path, why, sizeof why), "%s", why);
}

static void
remove_keys(void)
{
	unlink(private_path);
	unlink(public_path);
	rmdir(directory);
}

TestSuite(seal, .init = make_keys, .fini = remove_keys);

static void
write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	cr_assert_not_null(f);
	fputs(text, f);
	fclose(f);
}

static bool
accept_all(void *arg, const unsigned char *key_id, char *text, size_t size)
{
	(void)key_id;
	snprintf(text, size, "not this one");
	return arg == NULL;
}

Test(seal, a_new_key_is_taken_only_if_it_is_accepted)
{
	struct sealer *s = sealer_open(public_path, why, sizeof why);
	unsigned char secret[SECRET_BYTES], opened[SECRET_READ_MAX];
	struct opener *o;
	struct sealed box;

	secret_make(secret);
	cr_assert(sealer_seal(s, secret, SECRET_BYTES, &box));
	remove_keys();
	cr_expect_not(sealer_reload(s, accept_all, NULL, why, sizeof why));
	cr_expect_not_null(strstr(why, "No such file"), "%s", why);
	cr_assert_eq(mkdir(directory, 0700), 0);
	cr_assert(seal_make_keys(private_path, why, sizeof why), "%s", why);
	o = opener_open(private_path, why, sizeof why);
	cr_expect_not(sealer_reload(s, accept_all, s, why, sizeof why));
	cr_expect_str_eq(why, "not this one");
	cr_assert(sealer_seal(s, secret, SECRET_BYTES, &box));
	cr_expect_not(opener_open_secret(o, &box, opened));
	cr_assert(sealer_reload(s, accept_all, NULL, why, sizeof why));
	cr_assert(sealer_seal(s, secret, SECRET_BYTES, &box));
	cr_expect(opener_open_secret(o, &box, opened));
	cr_expect_eq(memcmp(secret, opened, SECRET_BYTES), 0);
	cr_expect_eq(memcmp(sealer_key_id(s), opener_key_id(o),
			 SEAL_KEY_ID_BYTES),
	    0);
	sealer_close(s);
	opener_close(o);
}

Test(seal, opens_what_it_sealed_in_every_epoch)
{
	struct sealer *s = sealer_open(public_path, why, sizeof why);
	struct opener *o = opener_open(private_path, why, sizeof why);
	unsigned char secret[SECRET_BYTES], opened[SECRET_READ_MAX];
	struct sealed a, b;

	cr_assert_not_null(s, "%s", why);
	cr_assert_not_null(o, "%s", why);
	secret_make(secret);
	cr_assert(sealer_seal(s, secret, SECRET_BYTES, &a));
	cr_assert(opener_open_secret(o, &a, opened));
	cr_assert_eq(memcmp(secret, opened, SECRET_BYTES), 0);
	sealer_forget(s);
	cr_assert(sealer_seal(s, secret, SECRET_BYTES, &b));
	cr_assert_neq(memcmp(a.ephemeral, b.ephemeral, SEAL_KEY_BYTES), 0);
	cr_assert_neq(memcmp(a.nonce, b.nonce, SEAL_NONCE_BYTES), 0);
	cr_assert(opener_open_secret(o, &b, opened));
	cr_assert_eq(memcmp(secret, opened, SECRET_BYTES), 0);
	b.box[3] ^= 1;
	cr_assert_not(opener_open_secret(o, &b, opened));
	a.key_id[0] ^= 1;
	cr_assert_not(opener_open_secret(o, &a, opened));
	sealer_close(s);
	opener_close(o);
}

Test(seal, key_files_are_made_once_and_private)
{
	struct stat st;

	cr_assert_eq(stat(private_path, &st), 0);
	cr_assert_eq(st.st_mode & 0777, 0600);
	cr_assert_not(seal_make_keys(private_path, why, sizeof why));
	cr_assert_not_null(strstr(why, "File exists"), "%s", why);
	unlink(private_path);
	cr_assert_not(seal_make_keys(private_path, why, sizeof why));
	cr_assert_not_null(strstr(why, "key.pub: File exists"), "%s", why);
	cr_assert_eq(access(private_path, F_OK), -1);
}

Test(seal, a_private_key_that_others_read_is_refused)
{
	chmod(private_path, 0640);
	cr_assert_null(opener_open(private_path, why, sizeof why));
	cr_assert_not_null(strstr(why, "chmod 600"), "%s", why);
}

Test(seal, damaged_key_files_say_so_without_the_key)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "", "not a line" },
		{ "postern-public-1\n", "not a line" },
		{ "postern-public-1 f45c93b6a440bc3d\n", "not a line" },
		{ "postern-public-1 f45c93b6a440bc3d AAAA\n", "not a line" },
		{ "postern-public-1 f45c93b6a440bc3 Dtm/yhaAD4djuHY0o7TazRPLi"
		  "c3E85CwXcBURfA+Dhs=\n",
		    "not a line" },
		{ "postern-public-1 f45c93b6a440bc3d Dtm/yhaAD4djuHY0o7TazRPL"
		  "ic3E85CwXcBURfA+Dhs=x\n",
		    "not a line" },
		{ "postern-private-1 f45c93b6a440bc3d Dtm/yhaAD4djuHY0o7TazRP"
		  "Lic3E85CwXcBURfA+Dhs=\n",
		    "not a line" },
		{ "postern-public-1 f45c93b6a440bc3e Dtm/yhaAD4djuHY0o7TazRPL"
		  "ic3E85CwXcBURfA+Dhs=\n",
		    "damaged" },
		{ "postern-public-1 f45c93b6a440bc3d Etm/yhaAD4djuHY0o7TazRPL"
		  "ic3E85CwXcBURfA+Dhs=\n",
		    "damaged" },
	};
	struct sealer *s;

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		write_file(public_path, cases[i].text);
		cr_assert_null(sealer_open(public_path, why, sizeof why),
		    "row %zu", i);
		cr_assert_not_null(strstr(why, cases[i].why), "%zu: %s", i,
		    why);
		cr_assert_null(strstr(why, "tm/yh"));
	}
	write_file(public_path,
	    "postern-public-1 f45c93b6a440bc3d "
	    "Dtm/yhaAD4djuHY0o7TazRPLic3E85CwXcBURfA+Dhs=");
	s = sealer_open(public_path, why, sizeof why);
	cr_assert_not_null(s, "%s", why);
	sealer_close(s);
	cr_assert_null(sealer_open("/nonexistent/key", why, sizeof why));
	cr_assert_not_null(strstr(why, "No such file"), "%s", why);
}

Test(seal, secrets_are_written_as_standard_webhooks)
{
	unsigned char secret[SECRET_BYTES];
	char text[SECRET_TEXT_LENGTH + 1];

	for (int i = 0; i < SECRET_BYTES; i++)
		secret[i] = (unsigned char)i;
	secret_text(secret, text);
	cr_assert_str_eq(text,
	    "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
}

Test(seal, secrets_of_others_are_filled_up_with_zeros)
{
	struct sealer *s = sealer_open(public_path, why, sizeof why);
	struct opener *o = opener_open(private_path, why, sizeof why);
	unsigned char secret[SECRET_READ_MAX], opened[SECRET_READ_MAX];
	static const unsigned char zeros[SECRET_READ_MAX];
	struct sealed box;

	memset(secret, 'x', sizeof secret);
	for (size_t n = 24; n <= SECRET_READ_MAX; n++) {
		memset(opened, 'y', sizeof opened);
		cr_assert(sealer_seal(s, secret, n, &box));
		cr_expect_eq(box.box_length,
		    n <= SECRET_BYTES ? SEAL_BOX_BYTES : SEAL_BOX_MAX, "%zu",
		    n);
		cr_assert(opener_open_secret(o, &box, opened), "%zu", n);
		cr_expect_eq(memcmp(opened, secret, n), 0, "%zu", n);
		cr_expect_eq(memcmp(opened + n, zeros, sizeof opened - n), 0,
		    "%zu", n);
	}
	sealer_close(s);
	opener_close(o);
}

Test(seal, of_a_text_only_about_how_long_it_is_is_seen)
{
	struct sealer *s = sealer_open(public_path, why, sizeof why);
	struct opener *o = opener_open(private_path, why, sizeof why);
	static const size_t lengths[] = { 1, 63, 64, 65, 8191, SEAL_TEXT_MAX };
	static char text[SEAL_TEXT_MAX + 1], opened[SEAL_TEXT_MAX + 1];
	static struct sealed_text box;

	for (size_t i = 0; i < COUNT(lengths); i++) {
		memset(text, 0, sizeof text);
		memset(text, 'x', lengths[i]);
		cr_assert(sealer_seal_text(s, (struct text){ text, lengths[i] },
		    &box));
		cr_expect_eq((box.box_length - SEAL_MAC_BYTES) % SEAL_TEXT_STEP,
		    0);
		cr_expect_lt(box.box_length,
		    lengths[i] + SEAL_MAC_BYTES + SEAL_TEXT_STEP);
		cr_assert(opener_open_text(o, &box, opened));
		cr_expect_str_eq(opened, text);
		box.box[0] ^= 1;
		cr_expect_not(opener_open_text(o, &box, opened));
	}
	box.box_length = SEAL_MAC_BYTES;
	cr_expect_not(opener_open_text(o, &box, opened));
	box.box_length = SEAL_TEXT_BOX_MAX + 1;
	cr_expect_not(opener_open_text(o, &box, opened));
	sealer_close(s);
	opener_close(o);
}
