/* printable.c - text of strangers to text that a terminal may be given. */
#include "cli/printable.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "common/compiler.h"
#include "common/utf8.h"

#define ELLIPSIS 0x2026

/* Unicode: what is not seen, and what turns the direction of writing. */
static const struct range {
	uint32_t first, last;
} hidden[] = {
	{ 0x00, 0x1f },
	{ 0x7f, 0x9f },
	{ 0xad, 0xad },
	{ 0x61c, 0x61c },
	{ 0x180e, 0x180e },
	{ 0x200b, 0x200f },
	{ 0x2028, 0x202e },
	{ 0x2060, 0x206f },
	{ 0xfe00, 0xfe0f },
	{ 0xfeff, 0xfeff },
	{ 0xfff0, 0xfffb },
	{ 0xe0000, 0xe0fff },
};

static bool
is_hidden(uint32_t code)
{
	for (size_t i = 0; i < COUNT(hidden); i++)
		if (code >= hidden[i].first && code <= hidden[i].last)
			return true;
	return false;
}

static void
escape(uint32_t code, char escaped[16])
{
	if (code == '\n')
		snprintf(escaped, 16, "\\n");
	else if (code == '\t')
		snprintf(escaped, 16, "\\t");
	else if (code < 0x80)
		snprintf(escaped, 16, "\\x%02x", (unsigned)code);
	else
		snprintf(escaped, 16, "\\u{%x}", (unsigned)code);
}

size_t
printable_take(const char *text, uint32_t *code, char escaped[16])
{
	size_t n =
	    utf8_take((const unsigned char *)text, strnlen(text, 4), code);

	if (n == 0) {
		*code = 0;
		snprintf(escaped, 16, "\\x%02x", (unsigned char)*text);
		return 1;
	}
	if (is_hidden(*code)) {
		escape(*code, escaped);
		*code = 0;
	}
	return n;
}

/* The same for a terminal: its piece to write, and how wide that is. */
static size_t
take_shown(const char *text, char piece[16], size_t *width)
{
	uint32_t code;
	size_t n = printable_take(text, &code, piece);
	int columns = code == 0 ? -1 : wcwidth((wchar_t)code);

	if (columns > 0) {
		snprintf(piece, 16, "%.*s", (int)n, text);
		*width = (size_t)columns;
		return n;
	}
	if (code != 0)
		escape(code, piece);
	*width = strlen(piece);
	return n;
}

size_t
printable_width(const char *text)
{
	size_t all = 0, width;
	char piece[16];

	while (*text != '\0') {
		text += take_shown(text, piece, &width);
		all += width;
	}
	return all;
}

size_t
printable_put(FILE *to, const char *text, size_t most)
{
	bool cut = most != PRINTABLE_ALL && printable_width(text) > most;
	size_t room = cut ? most - 1 : most, took = 0, width;
	char piece[16];

	if (most == 0)
		return 0;
	while (*text != '\0') {
		size_t n = take_shown(text, piece, &width);

		if (width > room - took)
			break;
		fputs(piece, to);
		took += width;
		text += n;
	}
	if (!cut)
		return took;
	fputs(wcwidth(ELLIPSIS) == 1 ? "\u2026" : "~", to);
	return took + 1;
}
