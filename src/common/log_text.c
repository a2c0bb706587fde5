/* log_text.c - a line of names and values, as logfmt or JSON. */
#include "common/log_text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/utf8.h"

#define CLOSING 3    /* bytes that end a line: quote, brace, NUL */
#define NAME_ROOM 64 /* a name needs no more, with what is around it */
#define NUMBER_MAX 24

void
log_text_begin(struct log_text *t, bool json)
{
	t->json = json;
	t->length = 0;
	if (json)
		t->bytes[t->length++] = '{';
}

void
log_text_end(struct log_text *t)
{
	if (t->json)
		t->bytes[t->length++] = '}';
	t->bytes[t->length] = '\0';
}

/* All of it, or nothing and false. */
static bool
append(struct log_text *t, const char *bytes, size_t length)
{
	if (t->length + length + CLOSING > sizeof t->bytes)
		return false;
	memcpy(t->bytes + t->length, bytes, length);
	t->length += length;
	return true;
}

/* False: the line is full. */
static bool
append_name(struct log_text *t, const char *name)
{
	bool first = t->length == (t->json ? 1 : 0);
	char text[NAME_ROOM];
	int n;

	if (t->json)
		n = snprintf(text, sizeof text, "%s\"%s\":", first ? "" : ",",
		    name);
	else
		n = snprintf(text, sizeof text, "%s%s=", first ? "" : " ",
		    name);
	return t->length + 2 * NAME_ROOM <= sizeof t->bytes &&
	    append(t, text, (size_t)n);
}

/* One character of the value, as it stands between quotes; its length. */
static size_t
append_character(struct log_text *t, const unsigned char *at, size_t left)
{
	char escaped[] = { '\\', (char)*at };
	uint32_t code;
	size_t n = utf8_take(at, left, &code);
	bool odd = n == 0 || code < 0x20 || (code >= 0x7f && code < 0xa0);
	bool fits;

	if (n == 0)
		n = 1;
	if (odd)
		fits = append(t, "?", 1);
	else if (*at == '"' || *at == '\\')
		fits = append(t, escaped, sizeof escaped);
	else
		fits = append(t, (const char *)at, n);
	return fits ? n : 0;
}

static bool
is_one_word(const char *value)
{
	if (*value == '\0')
		return false;
	for (; *value != '\0'; value++)
		if ((unsigned char)*value <= ' ' ||
		    (unsigned char)*value >= 0x7f || *value == '"' ||
		    *value == '=' || *value == '\\')
			return false;
	return true;
}

void
log_text_add(struct log_text *t, const char *name, const char *value)
{
	bool quoted = t->json || !is_one_word(value);
	const unsigned char *at = (const unsigned char *)value;
	size_t left = strlen(value), n;

	if (!append_name(t, name))
		return;
	if (quoted)
		append(t, "\"", 1);
	for (; left > 0 && (n = append_character(t, at, left)) > 0; left -= n)
		at += n;
	/* there is room for it, whatever was cut */
	if (quoted)
		t->bytes[t->length++] = '"';
}

void
log_text_add_number(struct log_text *t, const char *name, long long number)
{
	char text[NUMBER_MAX];
	int n = snprintf(text, sizeof text, "%lld", number);

	if (append_name(t, name))
		append(t, text, (size_t)n);
}
