/* http_kept.c - the fields of a head, kept for people to read. */
#include "http/http_kept.h"

#include <string.h>

#include "common/http_bytes.h"

void
http_kept_begin(struct http_kept *k)
{
	k->length = k->line = k->value = 0;
	k->skips = false;
}

static void
leave_out(struct http_kept *k)
{
	k->skips = true;
	k->length = k->line;
}

static void
append(struct http_kept *k, const char *bytes, size_t length)
{
	if (k->skips)
		return;
	if (length > k->max - k->length) {
		leave_out(k);
		return;
	}
	if (length > 0)
		memcpy(k->lines + k->length, bytes, length);
	k->length += length;
}

/* The blanks before a value are left out. */
void
http_kept_add(struct http_kept *k, const char *bytes, size_t length)
{
	while (length > 0 && k->length == k->value &&
	    http_bytes_is_blank(*bytes)) {
		bytes++;
		length--;
	}
	append(k, bytes, length);
}

void
http_kept_end_name(struct http_kept *k, bool left_out)
{
	if (left_out)
		leave_out(k);
	append(k, ": ", 2);
	k->value = k->length;
}

void
http_kept_end_value(struct http_kept *k)
{
	while (!k->skips && k->length > k->line &&
	    http_bytes_is_blank((char)k->lines[k->length - 1]))
		k->length--;
	append(k, "\n", 1);
	k->line = k->length;
	k->skips = false;
}
