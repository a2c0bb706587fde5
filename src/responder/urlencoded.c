/* urlencoded.c - application/x-www-form-urlencoded to names and values. */
#include "responder/urlencoded.h"

#include <string.h>

#include "common/text.h"
#include "responder/utf8.h"

/* The byte at the front, decoded; -1: malformed, or U+0000. */
static int
take_byte(struct text *from)
{
	int high, low;
	char c = *from->start;

	if (c < 0x21 || c > 0x7e)
		return -1;
	if (c == '%') {
		if (from->length < 3)
			return -1;
		high = text_hex_value(from->start[1]);
		low = text_hex_value(from->start[2]);
		from->start += 3;
		from->length -= 3;
		return high < 0 || low < 0 || high + low == 0 ? -1 :
								high * 16 + low;
	}
	from->start++;
	from->length--;
	return c == '+' ? ' ' : c;
}

/* Decode into *room, which moves behind the NUL; NULL: malformed. */
static const char *
decode(struct text from, char **room)
{
	char *to = *room;

	while (from.length > 0) {
		int byte = take_byte(&from);

		if (byte == -1)
			return NULL;
		*(*room)++ = (char)byte;
	}
	if (!utf8_valid(to, (size_t)(*room - to)))
		return NULL;
	*(*room)++ = '\0';
	return to;
}

static enum urlencoded_result
take_field(struct urlencoded *f, struct text piece, char **room)
{
	struct text name = text_take_until(&piece, "=");
	struct urlencoded_field *field = &f->fields[f->count];

	if (name.length == 0 || f->count == URLENCODED_FIELDS_MAX)
		return URLENCODED_MALFORMED;
	field->name = decode(name, room);
	if (field->name == NULL)
		return URLENCODED_MALFORMED;
	field->value = *room - 1; /* the NUL behind the name */
	if (text_take_byte(&piece, '='))
		field->value = decode(piece, room);
	else if (piece.length > 0)
		field->value = NULL; /* a NUL that was sent */
	if (field->value == NULL)
		return URLENCODED_MALFORMED;
	f->count++;
	return urlencoded_value(f, field->name) == field->value ?
	    URLENCODED_OK :
	    URLENCODED_REPEATED;
}

enum urlencoded_result
urlencoded_parse(struct urlencoded *f, const char *text, size_t length,
    char *room)
{
	struct text rest = { text, length };
	enum urlencoded_result result;

	f->count = 0;
	if (length == 0)
		return URLENCODED_OK;
	do {
		struct text piece = text_take_until(&rest, "&");

		result = take_field(f, piece, &room);
	} while (result == URLENCODED_OK && text_take_byte(&rest, '&'));
	if (result == URLENCODED_OK && rest.length > 0)
		return URLENCODED_MALFORMED;
	return result;
}

const char *
urlencoded_decode(const char *text, size_t length, char *room)
{
	return decode((struct text){ text, length }, &room);
}

const char *
urlencoded_value(const struct urlencoded *f, const char *name)
{
	for (size_t i = 0; i < f->count; i++)
		if (strcmp(f->fields[i].name, name) == 0)
			return f->fields[i].value;
	return NULL;
}
