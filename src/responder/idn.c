/* idn.c - the ASCII form of a host name in other letters (IDNA). */
#include "responder/idn.h"

#include <stdio.h>
#include <string.h>

#include "common/utf8.h"
#include "responder/punycode.h"

#define LABEL_MAX 63
#define PREFIX "xn--"

/*
 * Letters that RFC 5892 permits by themselves, written from left to right,
 * and that neither lower case nor normalization (NFC) changes, whatever stands
 * beside them. Each second one where capitals stand between. Without U+00DF and
 * U+03C2, of which there are two forms.
 */
static const struct {
	uint32_t first, last, step;
} letters[] = {
	{ 0x00e0, 0x00f6, 1 }, /* Latin */
	{ 0x00f8, 0x00ff, 1 }, { 0x0101, 0x0131, 2 }, { 0x0135, 0x0137, 2 },
	{ 0x013a, 0x013e, 2 }, { 0x0142, 0x0148, 2 }, { 0x014b, 0x0177, 2 },
	{ 0x017a, 0x017e, 2 }, { 0x01a1, 0x01a1, 1 }, /* of Vietnamese */
	{ 0x01b0, 0x01b0, 1 }, { 0x01ce, 0x01dc, 2 }, { 0x01f9, 0x0233, 2 },
	{ 0x1e01, 0x1e95, 2 }, { 0x1ea1, 0x1eff, 2 },
	{ 0x03ac, 0x03af, 1 }, /* Greek */
	{ 0x03b1, 0x03c1, 1 }, { 0x03c3, 0x03ce, 1 },
	{ 0x0430, 0x045f, 1 },                        /* Cyrillic */
	{ 0x048b, 0x04bf, 2 }, { 0x0561, 0x0586, 1 }, /* Armenian */
	{ 0x10d0, 0x10f0, 1 },                        /* Georgian */
	{ 0x3041, 0x3096, 1 },                        /* Hiragana */
	{ 0x30a1, 0x30fa, 1 },                        /* Katakana */
	{ 0x30fc, 0x30fe, 1 }, { 0x4e00, 0x9fcc, 1 }, /* Chinese */
	{ 0xac00, 0xd7a3, 1 },                        /* Korean */
};

static bool
is_letter(uint32_t point)
{
	for (size_t i = 0; i < COUNT(letters); i++)
		if (point >= letters[i].first && point <= letters[i].last)
			return (point - letters[i].first) % letters[i].step ==
			    0;
	return false;
}

/* Also of what may stand between other letters. */
static bool
is_ascii_letter(uint32_t point)
{
	return (point >= 'a' && point <= 'z') ||
	    (point >= '0' && point <= '9') || point == '-';
}

/* A label's code points in lower case; 0: it has others, or too many. */
static size_t
read_label(struct text label, uint32_t points[LABEL_MAX], bool *plain)
{
	size_t count = 0;

	*plain = true;
	for (size_t at = 0; at < label.length; count++) {
		uint32_t point;
		size_t n = utf8_take((const unsigned char *)label.start + at,
		    label.length - at, &point);

		if (n == 0 || count == LABEL_MAX)
			return 0;
		if (n == 1)
			point = (unsigned char)text_lower((char)point);
		else
			*plain = false;
		if (!(n == 1 ? is_ascii_letter(point) : is_letter(point)))
			return 0;
		points[count] = point;
		at += n;
	}
	return count;
}

/* RFC 5891, 4.2.3.1: where hyphens may not be. */
static bool
has_odd_hyphen(const uint32_t *points, size_t count)
{
	return points[0] == '-' || points[count - 1] == '-' ||
	    (count > 3 && points[2] == '-' && points[3] == '-');
}

static bool
write_label(struct text label, char ascii[LABEL_MAX + 1])
{
	uint32_t points[LABEL_MAX];
	bool plain;
	size_t count = read_label(label, points, &plain);
	size_t n = plain ? 0 : strlen(PREFIX);

	if (count == 0)
		return false;
	if (plain) {
		for (; n < count; n++)
			ascii[n] = (char)points[n];
		ascii[n] = '\0';
		return true;
	}
	memcpy(ascii, PREFIX, n);
	return !has_odd_hyphen(points, count) &&
	    punycode_encode(points, count, ascii + n, LABEL_MAX + 1 - n);
}

bool
idn_to_ascii(struct text name, char ascii[IDN_NAME_MAX + 1])
{
	size_t n = 0;

	do {
		char label[LABEL_MAX + 1];
		int more;

		if (!write_label(text_take_until(&name, "."), label))
			return false;
		more = snprintf(ascii + n, IDN_NAME_MAX + 1 - n, "%s%s",
		    n == 0 ? "" : ".", label);
		n += (size_t)more;
		if (n > IDN_NAME_MAX)
			return false;
	} while (text_take_byte(&name, '.'));
	return name.length == 0;
}
