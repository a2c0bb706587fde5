/* json_scan.c - what is at the front of a JSON text. */
#include "responder/json_scan.h"

#include <stdint.h>
#include <string.h>

#include "common/compiler.h"
#include "common/utf8.h"

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

const struct json_rules json_strict = { .depth_max = JSON_DEPTH_MAX,
	.members_max = JSON_MEMBERS_MAX };
const struct json_rules json_free = { .depth_max = JSON_FREE_DEPTH_MAX,
	.any_escape = true };

struct json_scan
json_scan_begin(const char *text, size_t length, const struct json_rules *rules)
{
	const unsigned char *at = (const unsigned char *)text;

	return (struct json_scan){ .at = at,
		.end = length > 0 ? at + length : at,
		.rules = rules };
}

static struct text
text_between(const unsigned char *start, const unsigned char *end)
{
	return (struct text){ (const char *)start, (size_t)(end - start) };
}

static bool
next_is(const struct json_scan *s, unsigned char c)
{
	return s->at < s->end && *s->at == c;
}

bool
json_take_byte(struct json_scan *s, unsigned char c)
{
	if (!next_is(s, c))
		return false;
	s->at++;
	return true;
}

void
json_skip_blanks(struct json_scan *s)
{
	while (next_is(s, ' ') || next_is(s, '\t') || next_is(s, '\n') ||
	    next_is(s, '\r'))
		s->at++;
}

/* Strings: one character at a time, as its code point. */

static bool
take_hex(struct json_scan *s, uint32_t *code)
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

/*
 * Behind "\u". By strict rules U+0000 is refused, and half of a surrogate pair;
 * by others nobody looks at the code point.
 */
static bool
take_unicode(struct json_scan *s, uint32_t *code)
{
	uint32_t low;

	if (!take_hex(s, code))
		return false;
	if (s->rules->any_escape)
		return true;
	if (*code == 0)
		return false;
	if (*code < 0xd800 || *code > 0xdfff)
		return true;
	if (*code > 0xdbff || !json_take_byte(s, '\\') ||
	    !json_take_byte(s, 'u') || !take_hex(s, &low) || low < 0xdc00 ||
	    low > 0xdfff)
		return false;
	*code = 0x10000 + ((*code - 0xd800) << 10) + (low - 0xdc00);
	return true;
}

static bool
take_escape(struct json_scan *s, uint32_t *code)
{
	if (json_take_byte(s, 'u'))
		return take_unicode(s, code);
	for (size_t i = 0; i < COUNT(escapes); i++)
		if (json_take_byte(s, escapes[i].letter)) {
			*code = escapes[i].meaning;
			return true;
		}
	return false;
}

bool
json_take_character(struct json_scan *s, uint32_t *code)
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

bool
json_take_string(struct json_scan *s, struct text *inside)
{
	const unsigned char *start;
	uint32_t code;

	if (!json_take_byte(s, '"'))
		return false;
	start = s->at;
	while (!next_is(s, '"'))
		if (!json_take_character(s, &code))
			return false;
	*inside = text_between(start, s->at);
	return json_take_byte(s, '"');
}

static bool
same_text(struct json_scan a, struct json_scan b)
{
	uint32_t x, y;

	while (a.at < a.end && b.at < b.end)
		if (!json_take_character(&a, &x) ||
		    !json_take_character(&b, &y) || x != y)
			return false;
	return a.at == a.end && b.at == b.end;
}

bool
json_is_name(struct text name, const char *plain)
{
	struct json_scan wanted =
	    json_scan_begin(plain, strlen(plain), &json_strict);

	wanted.plain = true;
	return same_text(wanted,
	    json_scan_begin(name.start, name.length, &json_strict));
}

/* Numbers and the three words. */

static bool
take_digits(struct json_scan *s)
{
	const unsigned char *start = s->at;

	while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
		s->at++;
	return s->at > start;
}

static bool
take_number(struct json_scan *s)
{
	json_take_byte(s, '-');
	if (!json_take_byte(s, '0') && !take_digits(s))
		return false;
	if (json_take_byte(s, '.') && !take_digits(s))
		return false;
	if (!json_take_byte(s, 'e') && !json_take_byte(s, 'E'))
		return true;
	if (!json_take_byte(s, '+'))
		json_take_byte(s, '-');
	return take_digits(s);
}

static bool
take_word(struct json_scan *s, const char *word)
{
	while (*word != '\0')
		if (!json_take_byte(s, (unsigned char)*word++))
			return false;
	return true;
}

/* Arrays and objects: one value, then a comma and another, or the end. */

static bool
take_array(struct json_scan *s)
{
	json_take_byte(s, '[');
	json_skip_blanks(s);
	if (json_take_byte(s, ']'))
		return true;
	do {
		json_skip_blanks(s);
		if (!json_take_value(s))
			return false;
		json_skip_blanks(s);
	} while (json_take_byte(s, ','));
	return json_take_byte(s, ']');
}

/* Such a value is judged by the free rules, and its depth by itself. */
static bool
is_free(const struct json_scan *s, struct text name)
{
	return s->rules->free_member != NULL &&
	    (s->depth == 1 || s->depth == 3) &&
	    json_is_name(name, s->rules->free_member);
}

static bool
take_free_value(struct json_scan *s)
{
	const struct json_scan outer = *s;
	bool ok;

	s->rules = &json_free;
	s->depth = 0;
	ok = json_take_value(s);
	s->rules = outer.rules;
	s->depth = outer.depth;
	return ok;
}

bool
json_take_member(struct json_scan *s, struct json_member *m)
{
	const unsigned char *start;

	json_skip_blanks(s);
	if (!json_take_string(s, &m->name))
		return false;
	json_skip_blanks(s);
	if (!json_take_byte(s, ':'))
		return false;
	json_skip_blanks(s);
	start = s->at;
	if (!(is_free(s, m->name) ? take_free_value(s) : json_take_value(s)))
		return false;
	m->value = text_between(start, s->at);
	json_skip_blanks(s);
	return true;
}

static bool
is_among(struct text name, const struct text *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (same_text(json_scan_begin(name.start, name.length,
				  &json_strict),
			json_scan_begin(names[i].start, names[i].length,
			    &json_strict)))
			return true;
	return false;
}

/* Behind the brace: few members, none twice. */
static bool
take_few_members(struct json_scan *s)
{
	struct text names[JSON_MEMBERS_MAX];
	struct json_member m;
	size_t count = 0;

	do {
		if (count == s->rules->members_max ||
		    !json_take_member(s, &m) || is_among(m.name, names, count))
			return false;
		names[count++] = m.name;
	} while (json_take_byte(s, ','));
	return json_take_byte(s, '}');
}

static bool
take_members(struct json_scan *s)
{
	struct json_member m;

	do
		if (!json_take_member(s, &m))
			return false;
	while (json_take_byte(s, ','));
	return json_take_byte(s, '}');
}

static bool
take_object(struct json_scan *s)
{
	json_take_byte(s, '{');
	json_skip_blanks(s);
	if (json_take_byte(s, '}'))
		return true;
	return s->rules->members_max > 0 ? take_few_members(s)
					 : take_members(s);
}

static bool
take_deeper(struct json_scan *s, bool (*take_inside)(struct json_scan *))
{
	bool ok = false;

	if (s->depth++ < s->rules->depth_max)
		ok = take_inside(s);
	s->depth--;
	return ok;
}

bool
json_take_value(struct json_scan *s)
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
		return json_take_string(s, &ignored);
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

/* Strings, once they have been judged. */

size_t
json_string(struct text quoted, char *to)
{
	struct json_scan s =
	    json_scan_begin(quoted.start, quoted.length, &json_strict);
	char bytes[UTF8_BYTES_MAX];
	size_t length = 0;
	uint32_t code;

	json_take_byte(&s, '"');
	while (!next_is(&s, '"') && json_take_character(&s, &code)) {
		size_t n = utf8_put(code, bytes);

		if (to != NULL)
			memcpy(to + length, bytes, n);
		length += n;
	}
	return length;
}
