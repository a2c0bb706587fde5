/* request.c - the bytes of a request, from any place in them. */
#include "http/request.h"

#include <stdio.h>
#include <string.h>

static void
add(struct request *r, const char *start, size_t length)
{
	r->parts[r->count++] = (struct text){ start, length };
	r->length += length;
}

static void
add_text(struct request *r, const char *text)
{
	add(r, text, strlen(text));
}

void
request_init(struct request *r, const struct http_exchange *x,
    const struct url *url, const char *user_agent)
{
	r->count = r->length = 0;
	snprintf(r->number, sizeof r->number, "%zu", x->body_length);
	add_text(r, "POST ");
	add(r, url->target.start, url->target.length);
	add_text(r, " HTTP/1.1\r\nHost: ");
	add(r, url->authority.start, url->authority.length);
	add_text(r, "\r\nUser-Agent: ");
	add_text(r, user_agent);
	add_text(r, "\r\nAccept: */*\r\n");
	add(r, x->fields, x->fields_length);
	if (x->more_fields != NULL)
		add(r, x->more_fields, x->more_fields_length);
	add_text(r, "Content-Length: ");
	add_text(r, r->number);
	add_text(r, "\r\n\r\n");
	add(r, x->body, x->body_length);
}

struct text
request_bytes(const struct request *r, size_t offset, char *buffer, size_t size)
{
	const struct text *body = &r->parts[r->count - 1];
	size_t head_length = r->length - body->length, length = 0;

	if (offset >= head_length) {
		offset -= head_length;
		length = body->length - offset;
		return (struct text){ body->start + offset,
			length < size ? length : size };
	}
	for (size_t i = 0; i < r->count && length < size; i++) {
		size_t n = r->parts[i].length;

		if (offset >= n) {
			offset -= n;
			continue;
		}
		n -= offset;
		if (n > size - length)
			n = size - length;
		memcpy(buffer + length, r->parts[i].start + offset, n);
		length += n;
		offset = 0;
	}
	return (struct text){ buffer, length };
}
