/* json_check.c - strict JSON validator, before any tree is built. */
#include "responder/json_check.h"

#include <stdint.h>
#include <string.h>

#include "common/compiler.h"
#include "common/utf8.h"

/*
 * What is left to read. A take_ function reads what its name says from the
 * front; when it is not there, it returns false and the scan is over.
 */
struct scan {
	const unsigned char *at, *end;
	unsigned depth;
	bool plain; /* text of our own: no escapes, all allowed */
};

struct member {
	struct text name, value; /* the name without its quotes */
};

static const struct escape_row {
	unsigned char letter, meaning;
} escapes[] = {
	{ '"', '"' },
	{ '\\', '\\' },
	{ '/', '/' },
	{ 'b', '\b' },
	{ 'f', '\f' },
	{ 'n', '\n' },
	{ 'r', '\r' },
	{ 't', '\t' },
};

static bool take_value(struct scan *s);

static struct scan
begin_scan(const char *text, size_t length)
{
	const unsigned char *at = (const unsigned char *)text;

	return (struct scan){ .at = at, .end = length > 0 ? at + length : at };
}

static struct text
text_between(const unsigned char *start, const unsigned char *end)
{
	return (struct text){ (const char *)start, (size_t)(end - start) };
}

static bool
next_is(const struct scan *s, unsigned char c)
{
	return s->at < s->end && *s->at == c;
}

static bool
take_byte(struct scan *s, unsigned char c)
{
	if (!next_is(s, c))
		return false;
	s->at++;
	return true;
}

static void
skip_blanks(struct scan *s)
{
	while (next_is(s, ' ') || next_is(s, '\t') || next_is(s, '\n') ||
	    next_is(s, '\r'))
		s->at++;
}

/* Strings: one character at a time, as its code point. */

static bool
take_hex(struct scan *s, uint32_t *code)
{
	*code = 0;
	for (int i = 0; i < 4; i++, s->at++) {
		int digit = s->at == s->end ? -1 : text_hex_value((char)*s->at);

		if (digit == -1)
			return false;
		*code = *code << 4 | (uint32_t)digit;
	}
	return true;
}

/* Behind "\u": U+0000 is refused, and half of a surrogate pair. */
static bool
take_unicode(struct scan *s, uint32_t *code)
{
	uint32_t low;

	if (!take_hex(s, code) || *code == 0)
		return false;
	if (*code < 0xd800 || *code > 0xdfff)
		return true;
	if (*code > 0xdbff || !take_byte(s, '\\') || !take_byte(s, 'u') ||
	    !take_hex(s, &low) || low < 0xdc00 || low > 0xdfff)
		return false;
	*code = 0x10000 + ((*code - 0xd800) << 10) + (low - 0xdc00);
	return true;
}

static bool
take_escape(struct scan *s, uint32_t *code)
{
	if (take_byte(s, 'u'))
		return take_unicode(s, code);
	for (size_t i = 0; i < COUNT(escapes); i++)
		if (take_byte(s, escapes[i].letter)) {
			*code = escapes[i].meaning;
			return true;
		}
	return false;
}

static bool
take_character(struct scan *s, uint32_t *code)
{
	size_t n;

	if (s->at == s->end || (*s->at < 0x20 && !s->plain))
		return false;
	n = utf8_take(s->at, (size_t)(s->end - s->at), code);
	s->at += n;
	if (n != 1)
		return n > 0;
	if (*code == '\\' && !s->plain)
		return take_escape(s, code);
	return true;
}

static bool
take_string(struct scan *s, struct text *inside)
{
	const unsigned char *start;
	uint32_t code;

	if (!take_byte(s, '"'))
		return false;
	start = s->at;
	while (!next_is(s, '"'))
		if (!take_character(s, &code))
			return false;
	*inside = text_between(start, s->at);
	return take_byte(s, '"');
}

static bool
same_text(struct scan a, struct scan b)
{
	uint32_t x, y;

	while (a.at < a.end && b.at < b.end)
		if (!take_character(&a, &x) || !take_character(&b, &y) ||
		    x != y)
			return false;
	return a.at == a.end && b.at == b.end;
}

/* Numbers and the three words. */

static bool
take_digits(struct scan *s)
{
	const unsigned char *start = s->at;

	while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
		s->at++;
	return s->at > start;
}

static bool
take_number(struct scan *s)
{
	take_byte(s, '-');
	if (!take_byte(s, '0') && !take_digits(s))
		return false;
	if (take_byte(s, '.') && !take_digits(s))
		return false;
	if (!take_byte(s, 'e') && !take_byte(s, 'E'))
		return true;
	if (!take_byte(s, '+'))
		take_byte(s, '-');
	return take_digits(s);
}

static bool
take_word(struct scan *s, const char *word)
{
	while (*word != '\0')
		if (!take_byte(s, (unsigned char)*word++))
			return false;
	return true;
}

/* Arrays and objects: one value, then a comma and another, or the end. */

static bool
take_array(struct scan *s)
{
	take_byte(s, '[');
	skip_blanks(s);
	if (take_byte(s, ']'))
		return true;
	do {
		skip_blanks(s);
		if (!take_value(s))
			return false;
		skip_blanks(s);
	} while (take_byte(s, ','));
	return take_byte(s, ']');
}

static bool
take_member(struct scan *s, struct member *m)
{
	const unsigned char *start;

	skip_blanks(s);
	if (!take_string(s, &m->name))
		return false;
	skip_blanks(s);
	if (!take_byte(s, ':'))
		return false;
	skip_blanks(s);
	start = s->at;
	if (!take_value(s))
		return false;
	m->value = text_between(start, s->at);
	skip_blanks(s);
	return true;
}

static bool
is_among(struct text name, const struct text *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (same_text(begin_scan(name.start, name.length),
			begin_scan(names[i].start, names[i].length)))
			return true;
	return false;
}

static bool
take_object(struct scan *s)
{
	struct text names[JSON_MEMBERS_MAX];
	struct member m;
	size_t count = 0;

	take_byte(s, '{');
	skip_blanks(s);
	if (take_byte(s, '}'))
		return true;
	do {
		if (count == JSON_MEMBERS_MAX || !take_member(s, &m) ||
		    is_among(m.name, names, count))
			return false;
		names[count++] = m.name;
	} while (take_byte(s, ','));
	return take_byte(s, '}');
}

static bool
take_deeper(struct scan *s, bool (*take_inside)(struct scan *))
{
	bool ok = false;

	if (s->depth++ < JSON_DEPTH_MAX)
		ok = take_inside(s);
	s->depth--;
	return ok;
}

static bool
take_value(struct scan *s)
{
	struct text ignored;

	if (s->at == s->end)
		return false;
	switch (*s->at) {
	case '{':
		return take_deeper(s, take_object);
	case '[':
		return take_deeper(s, take_array);
	case '"':
		return take_string(s, &ignored);
	case 't':
		return take_word(s, "true");
	case 'f':
		return take_word(s, "false");
	case 'n':
		return take_word(s, "null");
	default:
		return take_number(s);
	}
}

bool
json_check(const char *text, size_t length)
{
	struct scan s = begin_scan(text, length);

	skip_blanks(&s);
	if (!take_value(&s))
		return false;
	skip_blanks(&s);
	return s.at == s.end;
}

struct text
json_member(const char *text, size_t length, const char *name)
{
	struct scan s = begin_scan(text, length), wanted;
	struct member m;

	wanted = begin_scan(name, strlen(name));
	wanted.plain = true;
	skip_blanks(&s);
	if (!take_byte(&s, '{'))
		return (struct text){ NULL, 0 };
	while (take_member(&s, &m)) {
		if (same_text(wanted, begin_scan(m.name.start, m.name.length)))
			return m.value;
		if (!take_byte(&s, ','))
			break;
	}
	return (struct text){ NULL, 0 };
}
