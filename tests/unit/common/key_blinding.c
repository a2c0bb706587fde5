/*
 * key_blinding.c - derived keys and their signatures are the draft's.
 *
 * Those with a blind are section 10.1 of
 * draft-irtf-cfrg-signature-key-blinding-07; the accounts' were made with an
 * implementation in Python, and verified with Python's cryptography.
 */
#include "common/key_blinding.h"

#include <string.h>

#include <criterion/criterion.h>
#include <sodium.h>

#include "common/account_key.h"

#define MESSAGE "hello world"

static const struct {
	const char *seed, *key, *blind, *derived, *context, *signature;
} vectors[] = {
	{ "d142b3b1d532b0a516353a0746a6d43a86cee8efaf6b14ae85c2199072f47d93",
	    "cd875d3f46a8e8742cf4a6a9f9645d4153a394a5a0a8028c9041cd455d093cd5",
	    "bb58c768d9b16571f553efd48207e64391e16439b79fe9409e70b38040c81302",
	    "666443ce8f03fa09240db73a584efad5462ffe346b14fd78fb666b25db29902f",
	    "",
	    "5458111c708ce05cb0a1608b08dc649937dc22cf1da045eb866f2face50be930e"
	    "79b44d57e5215a82ac227bdccccca52bfe509b96efe8e723cb42b5f14be5f0e" },
	{ "aa69e9cb50abf39b05ebc823242c4fd13ccadd0dadc1b45f6fcbf7be4f30db5d",
	    "5c9a9e271f204c931646aa079e2e66f0783ab3d29946eff37bd3b569e9c8e009",
	    "0000000000000000000000000000000000000000000000000000000000000000",
	    "23eb5eccb9448ee8403c36595ccfd5edd7257ae70da69aa22282a0a7cd97e443",
	    "",
	    "4e9f3ad2b14cf2f9bbf4b88a8832358a568bd69368b471dfabac594e8a8b33ab5"
	    "4978ecf902560ed754f011186c4c4dda65d158b96c1e6b99a8e150a26e51e03" },
	{ "d1e5a0f806eb3c491566cef6d2d195e6bbf0a54c9de0e291a7ced050c63ea91c",
	    "8b37c949d39cddf4d2a0fc0da781ea7f85c7bfbdfeb94a3c9ecb5e8a3c24d65f",
	    "05b235297dff87c492835d562c6e03c0f36b9c306f2dcb3b5038c2744d4e8a70",
	    "019b0a06107e01361facdad39ec16a9647c86c0086bc38825eb664b97d9c514d",
	    "d6bbaa0646f5617d3cbd1e22ef05e714d1ec7812efff793999667648b2cc54bc",
	    "f54214acb3c695c46b1e7aa2da947273cb19ec33d8215dde0f43a8f7250febb50"
	    "8f4a5007e3c96be6402074ec843d40358a281ff969c66c1724016208650dd09" },
	{ "89e3e3acef6a6c2d9b7c062199bf996f9ae96b662c73e2b445636f9f22d5012e",
	    "3f667a2305a8baf328a1d8e9ed726f278229607d28fb32d9933da7379947ac44",
	    "0000000000000000000000000000000000000000000000000000000000000000",
	    "90a543dd29c6e6cd08ef85c43618f2d314139db5baed802383cf674310294e40",
	    "802def4d21c7c7d0fa4b48af5e85f8ebfc4119a04117c14d961567eaef2859f2",
	    "ce305a0f40a3270a84d2d9403617cdb89b7b4edf779b4de27f9acaadf171684b1"
	    "62e752c95f17b16aaca7c2662e69ba9696bdd230a107ecab973886e8d5bf00e" },
};

static size_t
bytes_of(const char *hex, unsigned char *bytes, size_t size)
{
	size_t length;

	cr_assert_eq(sodium_hex2bin(bytes, size, hex, strlen(hex), NULL,
			 &length, NULL),
	    0);
	return length;
}

static void
expect_hex(const unsigned char *bytes, size_t length, const char *wanted)
{
	char hex[256];

	sodium_bin2hex(hex, sizeof hex, bytes, length);
	cr_assert_str_eq(hex, wanted);
}

static void
expect_verified(const unsigned char *signature, const char *message,
    const unsigned char *key, bool wanted)
{
	cr_assert_eq(crypto_sign_verify_detached(signature,
			 (const unsigned char *)message, strlen(message),
			 key) == 0,
	    wanted);
}

Test(key_blinding, is_the_drafts)
{
	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
		unsigned char seed[32], key[32], bytes[32], context[64];
		unsigned char derived[32], signature[64];
		struct key_blind blind = { bytes, context, 0 };
		struct blinded_key private_half;

		bytes_of(vectors[i].seed, seed, sizeof seed);
		bytes_of(vectors[i].key, key, sizeof key);
		bytes_of(vectors[i].blind, bytes, sizeof bytes);
		blind.context_length =
		    bytes_of(vectors[i].context, context, sizeof context);
		cr_assert(key_blinding_public(key, &blind, derived));
		expect_hex(derived, sizeof derived, vectors[i].derived);
		key_blinding_private(seed, &blind, &private_half);
		expect_hex(private_half.public_half,
		    sizeof private_half.public_half, vectors[i].derived);
		key_blinding_sign(&private_half, MESSAGE, strlen(MESSAGE),
		    signature);
		expect_hex(signature, sizeof signature, vectors[i].signature);
		expect_verified(signature, MESSAGE, derived, true);
		expect_verified(signature, MESSAGE, key, false);
	}
}

Test(key_blinding, refuses_what_is_no_public_key)
{
	static const char *const cases[] = {
		/* not on the curve; of order 1, 2, 4 and 8; not canonical */
		"0200000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"0000000000000000000000000000000000000000000000000000000000000000",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	};
	const unsigned char zeros[32] = { 0 };
	const struct key_blind blind = { zeros, zeros, 0 };
	unsigned char key[32], derived[32];

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		bytes_of(cases[i], key, sizeof key);
		cr_expect_not(key_blinding_public(key, &blind, derived), "%s",
		    cases[i]);
	}
}

/* Any seed and any account: both halves belong together, and to no other. */
Test(account_key, both_halves_belong_together)
{
	for (int i = 0; i < 200; i++) {
		unsigned char key[32], whole[64], account[ID_BYTES];
		unsigned char derived[32], other[32], signature[64];
		struct blinded_key private_half;

		crypto_sign_keypair(key, whole);
		randombytes_buf(account, sizeof account);
		cr_assert(account_key_public(key, account, derived));
		account_key_private(whole, key, account, &private_half);
		key_blinding_sign(&private_half, MESSAGE, strlen(MESSAGE),
		    signature);
		expect_verified(signature, MESSAGE, derived, true);
		expect_verified(signature, MESSAGE "!", derived, false);
		expect_verified(signature, MESSAGE, key, false);
		account[i % ID_BYTES] ^= 1;
		cr_assert(account_key_public(key, account, other));
		expect_verified(signature, MESSAGE, other, false);
	}
}
