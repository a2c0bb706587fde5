/* http_message.c - reads an HTTP request that somebody has saved to a file. */
#include "cli/http_message.h"

#include <string.h>

#include "common/http_bytes.h"

#define CHUNK_MAX 0x7fffffff

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct text
trim(struct text text)
{
	while (text.length > 0 && is_blank(text.start[0])) {
		text.start++;
		text.length--;
	}
	while (text.length > 0 && is_blank(text.start[text.length - 1]))
		text.length--;
	return text;
}

/* RFC 9110, 5.6.2: what names are made of. */
static bool
is_token(struct text text)
{
	return text.length > 0 &&
	    http_bytes_token(text.start, text.length) == text.length;
}

bool
http_message_add(struct http_message *message, struct text line)
{
	struct text name = line;
	const char *colon = memchr(line.start, ':', line.length);

	if (colon == NULL)
		return false;
	name.length = (size_t)(colon - line.start);
	line.start = colon + 1;
	line.length -= name.length + 1;
	if (!is_token(name) || message->count == HTTP_MESSAGE_FIELDS_MAX)
		return false;
	message->fields[message->count++] =
	    (struct http_message_field){ name, trim(line) };
	return true;
}

/* A method, a target, and a version behind the last blank. */
static bool
is_request_line(struct text line)
{
	struct text method = line, version = trim(line);
	const char *first = memchr(line.start, ' ', line.length);
	const char *last = memrchr(version.start, ' ', version.length);

	if (first == NULL || last == NULL || first == last)
		return false;
	method.length = (size_t)(first - line.start);
	version.length -= (size_t)(last + 1 - version.start);
	version.start = last + 1;
	return is_token(method) && text_starts_with(version, "http/");
}

/* To the line feed, which goes too; a carriage return before it stays. */
static struct text
take_line(struct text *rest)
{
	const char *end = memchr(rest->start, '\n', rest->length);
	struct text line = { rest->start, rest->length };

	if (end != NULL)
		line.length = (size_t)(end - rest->start);
	rest->start += line.length + (end != NULL);
	rest->length -= line.length + (end != NULL);
	return line;
}

struct text
http_message_value(const struct http_message *message, const char *name,
    size_t *count)
{
	struct text found = { NULL, 0 };
	size_t n = 0;

	for (size_t i = 0; i < message->count; i++) {
		struct text given = message->fields[i].name;

		if (given.length != strlen(name) ||
		    !text_starts_with(given, name))
			continue;
		if (n++ == 0)
			found = message->fields[i].value;
	}
	if (count != NULL)
		*count = n;
	return found;
}

/* The length of a chunk; false: its line is none. */
static bool
chunk_length(struct text line, size_t *length)
{
	size_t digits = 0;

	*length = 0;
	for (line = trim(line); digits < line.length; digits++) {
		int value = text_hex_value(line.start[digits]);

		if (value < 0)
			break;
		if (*length > CHUNK_MAX / 16)
			return false;
		*length = 16 * *length + (size_t)value;
	}
	return digits > 0 &&
	    (digits == line.length || line.start[digits] == ';');
}

static const char *
join_chunks(char *body, struct text rest, size_t *joined)
{
	size_t length = 1;

	*joined = 0;
	while (length > 0) {
		if (!chunk_length(take_line(&rest), &length) ||
		    length > rest.length)
			return "its body is not in chunks, or is cut short, "
			       "but Transfer-Encoding says chunked";
		memmove(body + *joined, rest.start, length);
		*joined += length;
		rest.start += length;
		rest.length -= length;
		take_line(&rest);
	}
	return NULL;
}

const char *
http_message_read(char *text, size_t length, struct http_message *message)
{
	struct text rest = { text, length }, all = rest;
	struct text line = take_line(&rest);
	const char *wrong = NULL;
	size_t at;

	message->body = all;
	if (!is_request_line(line) && !http_message_add(message, line))
		return NULL;
	for (line = take_line(&rest); trim(line).length > 0;
	     line = take_line(&rest))
		if (!http_message_add(message, line))
			return "a line before its empty line is no header "
			       "field";
	at = (size_t)(rest.start - text);
	message->body = rest;
	if (http_message_value(message, "transfer-encoding", NULL).length > 0)
		wrong = join_chunks(text + at, rest, &message->body.length);
	return wrong;
}
