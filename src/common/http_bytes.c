/* http_bytes.c - runs of the bytes that HTTP allows in names and in values. */
#include "common/http_bytes.h"

#include <stdint.h>
#include <string.h>

#define EACH_BYTE(b) (UINT64_C(0x0101010101010101) * (b))
#define HIGH_BITS EACH_BYTE(0x80)

static const bool token_bytes[256] = {
	['!'] = true,
	['#' ... '\''] = true,
	['*' ... '+'] = true,
	['-' ... '.'] = true,
	['0' ... '9'] = true,
	['A' ... 'Z'] = true,
	['^' ... 'z'] = true,
	['|'] = true,
	['~'] = true,
};

static const bool text_bytes[256] = {
	['\t'] = true,
	[' ' ... '~'] = true,
	[0x80 ... 0xff] = true,
};

bool
http_bytes_is_token(char c)
{
	return token_bytes[(unsigned char)c];
}

bool
http_bytes_is_text(char c)
{
	return text_bytes[(unsigned char)c];
}

bool
http_bytes_is_blank(char c)
{
	return c == ' ' || c == '\t';
}

size_t
http_bytes_token(const char *bytes, size_t length)
{
	size_t n = 0;

	while (n < length && http_bytes_is_token(bytes[n]))
		n++;
	return n;
}

/* Eight bytes, none of them below a blank and none DEL; tabs are seldom. */
static bool
are_text(const char *bytes)
{
	uint64_t word, below, del;

	memcpy(&word, bytes, sizeof word);
	below = (word - EACH_BYTE(' ')) & ~word;
	del = word ^ EACH_BYTE(0x7f);
	del = (del - EACH_BYTE(1)) & ~del;
	return ((below | del) & HIGH_BITS) == 0;
}

size_t
http_bytes_text(const char *bytes, size_t length)
{
	size_t n = 0;

	for (;;) {
		while (length - n >= 8 && are_text(bytes + n))
			n += 8;
		for (size_t i = 0; i < 8; i++, n++)
			if (n == length || !http_bytes_is_text(bytes[n]))
				return n;
	}
}
