/* json_view.c - values inside a JSON text, as the sender wrote them. */
#include "cli/json_view.h"

#include <limits.h>
#include <stdint.h>
#include <string.h>

#define REPLACEMENT 0xfffd

static const struct text none = { NULL, 0 };

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void
skip(struct text *rest, size_t n)
{
	rest->start += n;
	rest->length -= n;
}

static void
skip_blanks(struct text *rest)
{
	while (rest->length > 0 && is_blank(rest->start[0]))
		skip(rest, 1);
}

/* How long the string is that begins here, with its quotes; 0: no end. */
static size_t
string_length(struct text rest)
{
	for (size_t i = 1; i < rest.length; i++) {
		if (rest.start[i] == '"')
			return i + 1;
		if (rest.start[i] == '\\')
			i++;
	}
	return 0;
}

/* A bracket at the start, to the one that ends it. */
static size_t
bracket_length(struct text rest)
{
	size_t depth = 0, n;

	for (size_t i = 0; i < rest.length; i += n) {
		struct text here = { rest.start + i, rest.length - i };

		n = *here.start == '"' ? string_length(here) : 1;
		if (n == 0)
			return 0;
		if (strchr("[{", *here.start) != NULL && *here.start != '\0')
			depth++;
		else if (*here.start == ']' || *here.start == '}')
			depth--;
		if (depth == 0)
			return i + n;
	}
	return 0;
}

/* Take the value that begins here. False: there is none that is whole. */
static bool
take_value(struct text *rest, struct text *value)
{
	size_t n = 0;

	skip_blanks(rest);
	if (rest->length == 0)
		return false;
	if (rest->start[0] == '"')
		n = string_length(*rest);
	else if (rest->start[0] == '[' || rest->start[0] == '{')
		n = bracket_length(*rest);
	else
		while (n < rest->length && !is_blank(rest->start[n]) &&
		    memchr(",:]}", rest->start[n], 4) == NULL)
			n++;
	*value = (struct text){ rest->start, n };
	skip(rest, n);
	skip_blanks(rest);
	return n > 0;
}

bool
json_view_whole(struct text json)
{
	struct text value;

	return take_value(&json, &value) && json.length == 0;
}

static bool
is_name(struct text value, const char *name)
{
	size_t n = strlen(name);

	return value.length == n + 2 && value.start[0] == '"' &&
	    memcmp(value.start + 1, name, n) == 0;
}

struct text
json_view_member(struct text object, const char *name)
{
	struct text key, value;

	skip_blanks(&object);
	if (!text_take_byte(&object, '{'))
		return none;
	do {
		if (!take_value(&object, &key) ||
		    !text_take_byte(&object, ':') ||
		    !take_value(&object, &value))
			return none;
		if (is_name(key, name))
			return value;
	} while (text_take_byte(&object, ','));
	return none;
}

bool
json_view_next(struct text *rest, struct text *element)
{
	skip_blanks(rest);
	if (!text_take_byte(rest, '[') && !text_take_byte(rest, ','))
		return false;
	return take_value(rest, element);
}

/* Four hexadecimal digits; -1: they are not. */
static int
hex_of(const char *digits)
{
	int n = 0;

	for (size_t i = 0; i < 4; i++) {
		int value = text_hex_value(digits[i]);

		if (value < 0)
			return -1;
		n = 16 * n + value;
	}
	return n;
}

/* A \u escape without its \u, or two that are a pair. */
static uint32_t
take_unicode(struct text *rest)
{
	int high = rest->length < 4 ? -1 : hex_of(rest->start), low;

	if (high < 0)
		return REPLACEMENT;
	skip(rest, 4);
	if (high < 0xd800 || high > 0xdfff)
		return high == 0 ? ' ' : (uint32_t)high;
	low = rest->length < 6 || memcmp(rest->start, "\\u", 2) != 0
	    ? -1
	    : hex_of(rest->start + 2);
	if (high > 0xdbff || low < 0xdc00 || low > 0xdfff)
		return REPLACEMENT;
	skip(rest, 6);
	return 0x10000 + ((uint32_t)(high - 0xd800) << 10) +
	    (uint32_t)(low - 0xdc00);
}

static size_t
put_utf8(uint32_t code, char bytes[4])
{
	static const unsigned char heads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	size_t n = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

	for (size_t i = n; i-- > 1; code >>= 6)
		bytes[i] = (char)(0x80 | (code & 0x3f));
	bytes[0] = (char)(heads[n] | code);
	return n;
}

/* The next piece of a string's inside; at most 4 bytes. */
static size_t
take_piece(struct text *rest, char piece[4])
{
	static const char names[] = "bfnrt", means[] = "\b\f\n\r\t";
	char c = rest->start[0];
	const char *at;

	skip(rest, 1);
	piece[0] = c;
	if (c != '\\' || rest->length == 0)
		return 1;
	c = rest->start[0];
	skip(rest, 1);
	if (c == 'u')
		return put_utf8(take_unicode(rest), piece);
	at = c == '\0' ? NULL : strchr(names, c);
	piece[0] = at == NULL ? c : means[at - names];
	return 1;
}

static bool
is_string(struct text value)
{
	return value.length >= 2 && value.start[0] == '"';
}

bool
json_view_string(struct text value, char *to, size_t size)
{
	bool any = value.length > 0 &&
	    (value.length != 4 || memcmp(value.start, "null", 4) != 0);
	bool string = is_string(value);
	size_t n = 0;

	if (string)
		value = (struct text){ value.start + 1, value.length - 2 };
	while (any && value.length > 0) {
		char piece[4] = { value.start[0] };
		size_t got = 1;

		if (string)
			got = take_piece(&value, piece);
		else
			skip(&value, 1);
		if (got >= size - n)
			break;
		memcpy(to + n, piece, got);
		if (to[n] == '\0')
			to[n] = ' ';
		n += got;
	}
	to[n] = '\0';
	return any;
}

unsigned
json_view_number(struct text value, unsigned otherwise)
{
	unsigned n;

	return text_number(value, INT_MAX, &n) ? n : otherwise;
}

static void
put(char *to, size_t size, size_t at, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n && at + i < size; i++)
		to[at + i] = bytes[i];
}

size_t
json_view_compact(struct text json, const char *behind, char *to, size_t size)
{
	size_t all = 0, n;

	for (; json.length > 0; skip(&json, n)) {
		char c = json.start[0];

		n = c == '"' ? string_length(json) : 1;
		if (n == 0)
			n = json.length;
		if (is_blank(c))
			continue;
		put(to, size, all, json.start, n);
		all += n;
		if (c != ',' && c != ':')
			continue;
		put(to, size, all, behind, strlen(behind));
		all += strlen(behind);
	}
	return all;
}
