/* traceparent.c - W3C Trace Context: which trace something is part of. */
#include "common/traceparent.h"

#include <stdio.h>
#include <string.h>

#include <sodium.h>

#define VERSION_LENGTH 2

/* Take so many lower-case hexadecimal digits to "to", and a NUL. */
static bool
take_digits(struct text *rest, size_t count, char *to)
{
	if (rest->length < count)
		return false;
	memcpy(to, rest->start, count);
	to[count] = '\0';
	rest->start += count;
	rest->length -= count;
	return strspn(to, "0123456789abcdef") == count;
}

static bool
is_zero(const char *digits)
{
	return digits[strspn(digits, "0")] == '\0';
}

static bool
parse_parts(struct text rest, struct traceparent *t)
{
	char version[VERSION_LENGTH + 1];

	if (!take_digits(&rest, VERSION_LENGTH, version) ||
	    !text_take_byte(&rest, '-') ||
	    !take_digits(&rest, TRACEPARENT_TRACE, t->trace) ||
	    !text_take_byte(&rest, '-') ||
	    !take_digits(&rest, TRACEPARENT_SPAN, t->span) ||
	    !text_take_byte(&rest, '-') ||
	    !take_digits(&rest, TRACEPARENT_FLAGS, t->flags))
		return false;
	if (strcmp(version, "ff") == 0 || is_zero(t->trace) || is_zero(t->span))
		return false;
	return rest.length == 0 ||
	    (strcmp(version, "00") != 0 && *rest.start == '-');
}

bool
traceparent_parse(struct text text, struct traceparent *t)
{
	if (parse_parts(text, t))
		return true;
	*t = (struct traceparent){ .trace = "" };
	return false;
}

void
traceparent_begin_span(struct traceparent *t)
{
	unsigned char id[TRACEPARENT_SPAN / 2];

	do
		randombytes_buf(id, sizeof id);
	while (sodium_is_zero(id, sizeof id));
	sodium_bin2hex(t->span, sizeof t->span, id, sizeof id);
}

void
traceparent_write(const struct traceparent *t,
    char text[TRACEPARENT_LENGTH + 1])
{
	snprintf(text, TRACEPARENT_LENGTH + 1, "00-%s-%s-%s", t->trace, t->span,
	    t->flags);
}
