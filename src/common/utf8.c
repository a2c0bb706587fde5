/* utf8.c - UTF-8 (RFC 3629), one character at a time. */
#include "common/utf8.h"

#include "common/compiler.h"

/* RFC 3629, section 4: the first byte decides what the second may be. */
static const struct utf8_row {
	unsigned char first_low, first_high, second_low, second_high, length;
} rows[] = {
	{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, /* no overlong forms */
	{ 0xe1, 0xec, 0x80, 0xbf, 3 },
	{ 0xed, 0xed, 0x80, 0x9f, 3 }, /* no surrogates */
	{ 0xee, 0xef, 0x80, 0xbf, 3 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, /* no overlong forms */
	{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 4 }, /* nothing past U+10FFFF */
};

static const struct utf8_row *
find_row(unsigned char first)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		if (first >= rows[i].first_low && first <= rows[i].first_high)
			return &rows[i];
	return NULL;
}

size_t
utf8_take(const unsigned char *at, size_t left, uint32_t *code)
{
	const struct utf8_row *row;
	uint32_t c;

	if (left > 0 && *at < 0x80) {
		*code = *at;
		return 1;
	}
	row = left == 0 ? NULL : find_row(*at);
	if (row == NULL || left < row->length || at[1] < row->second_low ||
	    at[1] > row->second_high)
		return 0;
	c = *at & (0x7fu >> row->length);
	for (size_t i = 1; i < row->length; i++) {
		if ((at[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (at[i] & 0x3fu);
	}
	*code = c;
	return row->length;
}

bool
utf8_valid(const char *text, size_t length)
{
	const unsigned char *at = (const unsigned char *)text;
	uint32_t code;

	while (length > 0) {
		size_t n = utf8_take(at, length, &code);

		if (n == 0)
			return false;
		at += n;
		length -= n;
	}
	return true;
}

size_t
utf8_put(uint32_t code, char to[UTF8_BYTES_MAX])
{
	size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

	if (n == 1) {
		*to = (char)code;
		return n;
	}
	for (size_t i = n - 1; i > 0; i--, code >>= 6)
		to[i] = (char)(0x80 | (code & 0x3f));
	*to = (char)((0xf00u >> n & 0xf0) | code);
	return n;
}
