/* credential.c - a token is recognised by its form and checksum. */
#include "responder/credential.h"

#include <string.h>

#include <criterion/criterion.h>
#include <sodium.h>

#define GOOD "pst_GV9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ7q0N9dBa"

Test(credential, good_ones_have_their_hash)
{
	static const struct {
		const char *text, *hash;
	} cases[] = {
		{ GOOD,
		    "c5ea61a4b84fc8607aa313ba88dd00324b9549bd6252369179e7"
		    "4b88391b10a3" },
		{ "pst_00000000000000000000000000000000000000000000O7J8C",
		    "653053d6e41d19bfe9eabe96c8fd04b5c33352aceb940909dec090aac0"
		    "07770f" },
		{ "pst_03zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz2ZxA3i",
		    "7a3d3c739effdf1dcd14505101cd08518d4fa9f0c4ec60237d44b3cc24"
		    "adc86f" },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		unsigned char hash[CREDENTIAL_HASH_BYTES];
		char hex[2 * CREDENTIAL_HASH_BYTES + 1];

		cr_assert(credential_hash_token(cases[i].text,
			      strlen(cases[i].text), hash),
		    "%s", cases[i].text);
		sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
		cr_assert_str_eq(hex, cases[i].hash);
	}
}

Test(credential, any_other_character_spoils_it)
{
	unsigned char hash[CREDENTIAL_HASH_BYTES];

	for (size_t i = 0; i < CREDENTIAL_LENGTH; i++)
		for (int c = 0; c < 256; c++) {
			char text[] = GOOD;

			text[i] = (char)c;
			cr_assert_eq(credential_hash_token(text,
					 CREDENTIAL_LENGTH, hash),
			    text[i] == GOOD[i], "%d at %zu", c, i);
		}
}

Test(credential, any_other_length_spoils_it)
{
	unsigned char hash[CREDENTIAL_HASH_BYTES];

	for (size_t n = 0; n < CREDENTIAL_LENGTH; n++)
		cr_assert_not(credential_hash_token(GOOD, n, hash));
	cr_assert_not(
	    credential_hash_token(GOOD "0", CREDENTIAL_LENGTH + 1, hash));
}

Test(credential, a_client_secret_is_no_token)
{
	static const char secret[] =
	    "pcs_GV9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9aZ9a3zZxBy";
	unsigned char hash[CREDENTIAL_HASH_BYTES];
	char hex[2 * CREDENTIAL_HASH_BYTES + 1];

	cr_assert(
	    credential_hash_client_secret(secret, CREDENTIAL_LENGTH, hash));
	sodium_bin2hex(hex, sizeof hex, hash, sizeof hash);
	cr_assert_str_eq(hex,
	    "35a2644f9f440931155696335d19f542"
	    "122a992c977f92d1c492ad161e593dd4");
	cr_assert_not(credential_hash_token(secret, CREDENTIAL_LENGTH, hash));
	cr_assert_not(
	    credential_hash_client_secret(GOOD, CREDENTIAL_LENGTH, hash));
	cr_assert_not(
	    credential_hash_client_secret(secret, CREDENTIAL_LENGTH - 1, hash));
}
