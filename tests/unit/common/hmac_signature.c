/* hmac_signature.c - signatures are those of the specification's own example. */
#include "common/hmac_signature.h"

#include <string.h>

#include <criterion/criterion.h>
#include <sodium.h>

static const char content[] = "msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330."
			      "{\"test\": 2432232314}";

static size_t
key_of(const char *base64, unsigned char *bytes, size_t size)
{
	size_t length;

	cr_assert_eq(sodium_base642bin(bytes, size, base64, strlen(base64),
			 NULL, &length, NULL, sodium_base64_VARIANT_ORIGINAL),
	    0);
	return length;
}

static void
expect(const struct hmac_signature_key *keys, size_t count, const char *wanted)
{
	char text[HMAC_SIGNATURE_MAX];

	hmac_signature_write(content, sizeof content - 1, keys, count, text);
	cr_assert_str_eq(text, wanted);
}

Test(hmac_signature, the_vector_of_the_specification)
{
	unsigned char bytes[64];
	struct hmac_signature_key key = { bytes,
		key_of("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", bytes,
		    sizeof bytes) };

	cr_assert_eq(key.length, 24);
	expect(&key, 1, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

Test(hmac_signature, one_for_each_key_with_a_blank_between)
{
	unsigned char bytes[64];
	struct hmac_signature_key key = { bytes,
		key_of("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", bytes,
		    sizeof bytes) };
	struct hmac_signature_key keys[] = { key, key, key, key, key };

	expect(keys, 2,
	    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= "
	    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
	expect(keys, HMAC_SIGNATURE_KEYS_MAX,
	    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= "
	    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= "
	    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= "
	    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE= "
	    "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}
