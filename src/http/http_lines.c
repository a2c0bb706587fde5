/* http_lines.c - the fields of a head, as lines for people to read. */
#include "http/http_lines.h"

#include <string.h>

#include "common/http_bytes.h"

void
http_lines_begin(struct http_lines *l)
{
	l->length = l->line = l->value = 0;
	l->skips = false;
}

static void
leave_out(struct http_lines *l)
{
	l->skips = true;
	l->length = l->line;
}

static void
append(struct http_lines *l, const char *bytes, size_t length)
{
	if (l->skips)
		return;
	if (length > l->max - l->length) {
		leave_out(l);
		return;
	}
	if (length > 0)
		memcpy(l->text + l->length, bytes, length);
	l->length += length;
}

/* The blanks before a value are left out. */
void
http_lines_add(struct http_lines *l, const char *bytes, size_t length)
{
	while (length > 0 && l->length == l->value &&
	    http_bytes_is_blank(*bytes)) {
		bytes++;
		length--;
	}
	append(l, bytes, length);
}

void
http_lines_end_name(struct http_lines *l, bool left_out)
{
	if (left_out)
		leave_out(l);
	append(l, ": ", 2);
	l->value = l->length;
}

void
http_lines_end_value(struct http_lines *l)
{
	while (!l->skips && l->length > l->line &&
	    http_bytes_is_blank((char)l->text[l->length - 1]))
		l->length--;
	append(l, "\n", 1);
	l->line = l->length;
	l->skips = false;
}
