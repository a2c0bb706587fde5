/* urlencoded.c - parser of application/x-www-form-urlencoded. */
#include "responder/urlencoded.h"

#include <string.h>

#include "common/text.h"
#include "common/utf8.h"

/* The byte at the front, decoded; -1: malformed, or U+0000. */
static int
decode_byte(struct text *from)
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
		return high < 0 || low < 0 || high + low == 0 ? -1
							      : high * 16 + low;
	}
	from->start++;
	from->length--;
	return c == '+' ? ' ' : c;
}

/* Decode into *buffer, which moves behind the NUL; NULL: malformed. */
static const char *
decode_text(struct text from, char **buffer)
{
	char *to = *buffer;

	while (from.length > 0) {
		int byte = decode_byte(&from);

		if (byte == -1)
			return NULL;
		*(*buffer)++ = (char)byte;
	}
	if (!utf8_valid(to, (size_t)(*buffer - to)))
		return NULL;
	*(*buffer)++ = '\0';
	return to;
}

/* May this name come once only? NULL: all names. */
static bool
is_single(const char *name, const char *const *single)
{
	if (single == NULL)
		return true;
	while (*single != NULL && strcmp(name, *single) != 0)
		single++;
	return *single != NULL;
}

static enum urlencoded_result
take_field(struct urlencoded *form, struct text piece,
    const char *const *single, char **buffer)
{
	struct text name = text_take_until(&piece, "=");
	struct urlencoded_field *field = &form->fields[form->count];

	if (name.length == 0 || form->count == URLENCODED_FIELDS_MAX)
		return URLENCODED_MALFORMED;
	field->name = decode_text(name, buffer);
	if (field->name == NULL)
		return URLENCODED_MALFORMED;
	field->value = *buffer - 1; /* the NUL behind the name */
	if (text_take_byte(&piece, '='))
		field->value = decode_text(piece, buffer);
	else if (piece.length > 0)
		field->value = NULL; /* a NUL that was sent */
	if (field->value == NULL)
		return URLENCODED_MALFORMED;
	form->count++;
	if (urlencoded_value(form, field->name) == field->value)
		return URLENCODED_OK;
	if (is_single(field->name, single))
		return URLENCODED_REPEATED;
	form->count--;
	return URLENCODED_OK;
}

enum urlencoded_result
urlencoded_parse(struct urlencoded *form, const char *text, size_t length,
    const char *const *single, char *buffer)
{
	struct text rest = { text, length };
	enum urlencoded_result result = URLENCODED_OK;

	form->count = 0;
	do {
		struct text piece = text_take_until(&rest, "&");

		if (piece.length > 0)
			result = take_field(form, piece, single, &buffer);
	} while (result == URLENCODED_OK && text_take_byte(&rest, '&'));
	if (result == URLENCODED_OK && rest.length > 0)
		return URLENCODED_MALFORMED;
	return result;
}

const char *
urlencoded_decode(const char *text, size_t length, char *buffer)
{
	return decode_text((struct text){ text, length }, &buffer);
}

const char *
urlencoded_value(const struct urlencoded *form, const char *name)
{
	for (size_t i = 0; i < form->count; i++)
		if (strcmp(form->fields[i].name, name) == 0)
			return form->fields[i].value;
	return NULL;
}

const char *
urlencoded_nonempty(const struct urlencoded *form, const char *name)
{
	const char *value = urlencoded_value(form, name);

	return value == NULL || *value == '\0' ? NULL : value;
}
