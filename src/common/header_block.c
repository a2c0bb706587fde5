/* header_block.c - header fields that a webhook asks for, checked. */
#include "common/header_block.h"

#include <string.h>

#include "common/http_bytes.h"

#define DELIMITER ": "
#define LINE_END "\r\n"

/* In lower case, with hyphens; all that begin so, if it ends in one. */
static const char *const refused[] = {
	"accept",
	"accept-encoding",
	"connection",
	"content-",
	"cookie",
	"expect",
	"host",
	"keep-alive",
	"proxy-",
	"te",
	"traceparent",
	"tracestate",
	"trailer",
	"transfer-encoding",
	"upgrade",
	"user-agent",
	"webhook-",
};

static bool
is_name(struct text name)
{
	return name.length >= 1 && name.length <= HEADER_BLOCK_NAME_MAX &&
	    http_bytes_token(name.start, name.length) == name.length;
}

static bool
is_visible(char c)
{
	return c > ' ' && c < 0x7f;
}

static bool
is_value(struct text value)
{
	if (value.length < 1 || value.length > HEADER_BLOCK_VALUE_MAX ||
	    !is_visible(value.start[0]) ||
	    !is_visible(value.start[value.length - 1]))
		return false;
	for (size_t i = 0; i < value.length; i++)
		if (!is_visible(value.start[i]) &&
		    !http_bytes_is_blank(value.start[i]))
			return false;
	return true;
}

/* To gateways as CGI has them, an underscore is a hyphen. */
static char
fold(char c)
{
	return c == '_' ? '-' : text_lower(c);
}

static bool
begins_folded(struct text name, const char *with, size_t length)
{
	if (name.length < length)
		return false;
	for (size_t i = 0; i < length; i++)
		if (fold(name.start[i]) != fold(with[i]))
			return false;
	return true;
}

static bool
is_refused(struct text name)
{
	for (size_t i = 0; i < COUNT(refused); i++) {
		size_t length = strlen(refused[i]);

		if (begins_folded(name, refused[i], length) &&
		    (name.length == length || refused[i][length - 1] == '-'))
			return true;
	}
	return false;
}

/* False: there is none left, or it is cut short. */
static bool
take_line(struct text *rest, struct text *name, struct text *value)
{
	*name = text_take_until(rest, ":");
	if (!text_take_byte(rest, ':') || !text_take_byte(rest, ' '))
		return false;
	*value = text_take_until(rest, "\r");
	return text_take_byte(rest, '\r') && text_take_byte(rest, '\n');
}

static bool
has_name(const struct header_block *b, struct text wanted)
{
	struct text rest = { b->text, b->length }, name, value;

	while (take_line(&rest, &name, &value))
		if (name.length == wanted.length &&
		    begins_folded(name, wanted.start, wanted.length))
			return true;
	return false;
}

static void
append(struct header_block *b, const char *bytes, size_t length)
{
	memcpy(b->text + b->length, bytes, length);
	b->length += length;
}

const char *
header_block_add(struct header_block *b, struct text name, struct text value)
{
	if (b->count == HEADER_BLOCK_COUNT_MAX)
		return "There may be 16 headers at most.";
	if (!is_name(name))
		return "The name of a header must be a token as RFC 9110 has "
		       "it, of 1 to 64 bytes.";
	if (is_refused(name))
		return "This header is the sender's own, or changes how a "
		       "request is read: it cannot be set.";
	if (has_name(b, name))
		return "A header is given twice: case makes no difference, "
		       "nor do hyphen and underscore.";
	if (!is_value(value))
		return "The value of a header must be 1 to 1024 bytes of "
		       "visible ASCII, with blanks only between them.";
	if (name.length + strlen(DELIMITER) + value.length + strlen(LINE_END) >
	    HEADER_BLOCK_MAX - b->length)
		return "The headers must not have more than 8 KiB in all.";
	append(b, name.start, name.length);
	append(b, DELIMITER, strlen(DELIMITER));
	append(b, value.start, value.length);
	append(b, LINE_END, strlen(LINE_END));
	b->count++;
	return NULL;
}

bool
header_block_is_valid(struct text text)
{
	struct header_block again = { .count = 0 };
	struct text name, value;
	bool ok = text.length > 0;

	while (ok && text.length > 0)
		ok = take_line(&text, &name, &value) &&
		    header_block_add(&again, name, value) == NULL;
	explicit_bzero(again.text, sizeof again.text);
	return ok;
}
