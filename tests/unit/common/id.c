/* id.c - ids are UUIDv7 and in order; request ids are plain words. */
#include "common/id.h"

#include <string.h>
#include <time.h>

#include <criterion/criterion.h>

static unsigned long long
milliseconds(const unsigned char id[ID_BYTES])
{
	unsigned long long ms = 0;

	for (int i = 0; i < 6; i++)
		ms = ms << 8 | id[i];
	return ms;
}

Test(id, carries_time_version_and_variant)
{
	unsigned char one[ID_BYTES], two[ID_BYTES];
	unsigned long long now = (unsigned long long)time(NULL) * 1000;

	id_make(one);
	id_make(two);
	cr_assert_geq(milliseconds(one), now);
	cr_assert_leq(milliseconds(one), now + 60000);
	cr_assert_leq(milliseconds(one), milliseconds(two));
	cr_assert_eq(one[6] >> 4, 7);
	cr_assert_eq(one[8] >> 6, 2);
	cr_assert_neq(memcmp(one + 8, two + 8, 8), 0);
}

Test(id, text_is_32_hexadecimal_digits)
{
	const unsigned char id[ID_BYTES] = { 0x01, 0xab, [15] = 0xff };
	char text[2 * ID_BYTES + 1];

	id_text(id, text);
	cr_assert_str_eq(text, "01ab00000000000000000000000000ff");
	cr_assert(id_valid(text));
}

Test(id, request_ids_are_words_of_limited_length)
{
	static const struct {
		const char *text;
		bool ok;
	} cases[] = {
		{ "a", true },
		{ "Z09-_@", true },
		{ "0123456789012345678901234567890123456789012345678901234567"
		  "890123",
		    true },
		{ "0123456789012345678901234567890123456789012345678901234567"
		  "8901234",
		    false },
		{ "", false },
		{ "a b", false },
		{ "a\"", false },
		{ "a\n", false },
		{ "\xc3\xa9", false },
	};

	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		cr_assert_eq(id_valid(cases[i].text), cases[i].ok, "row %zu",
		    i);
}
