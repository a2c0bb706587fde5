/* http_fields.c - what the fields of a head say to the client that reads it. */
#include "http/http_fields.h"

#include <limits.h>
#include <string.h>

#include "common/text.h"
#include "common/http_bytes.h"
#include "http/http_date.h"
#include "http/http_lines.h"

#define NUMBER_TOO_LARGE ULLONG_MAX

void
http_fields_begin(struct http_parser *p)
{
	p->code = 0;
	p->keep = p->chunked = p->has_length = p->has_retry_after = false;
	p->length = 0;
	p->retry_after_s = -1;
	p->text_length = 0;
	http_lines_begin(&p->lines);
}

/* Blanks before it are left out; of what there is no room for, any blanks. */
static void
gather(struct http_parser *p, const char *bytes, size_t length)
{
	size_t n = 0, room;

	while (
	    p->text_length == 0 && n < length && http_bytes_is_blank(bytes[n]))
		n++;
	bytes += n;
	length -= n;
	room = sizeof p->text - p->text_length;
	n = length < room ? length : room;
	memcpy(p->text + p->text_length, bytes, n);
	p->text_length += n;
	for (; n < length; n++)
		if (!http_bytes_is_blank(bytes[n]))
			p->text_is_cut = true;
}

static void
forget(struct http_parser *p)
{
	p->text_length = 0;
	p->text_is_cut = false;
}

/* What was gathered, without the blanks behind it; empty if it was cut. */
static struct text
gathered(const struct http_parser *p)
{
	struct text text = { p->text, p->text_is_cut ? 0 : p->text_length };

	while (
	    text.length > 0 && http_bytes_is_blank(text.start[text.length - 1]))
		text.length--;
	return text;
}

static bool
is_word(struct text text, const char *word)
{
	return text.length == strlen(word) && text_starts_with(text, word);
}

static void
begin_number(struct http_parser *p)
{
	p->number = 0;
	p->has_digits = p->digits_ended = p->is_no_number = false;
}

static void
take_digit(struct http_parser *p, unsigned digit)
{
	p->has_digits = true;
	if (p->number > (NUMBER_TOO_LARGE - 9) / 10)
		p->number = NUMBER_TOO_LARGE;
	else
		p->number = p->number * 10 + digit;
}

/* Digits with blanks around them. */
static void
take_number(struct http_parser *p, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (http_bytes_is_blank(bytes[i]))
			p->digits_ended = p->has_digits;
		else if (!text_is_digit(bytes[i]) || p->digits_ended)
			p->is_no_number = true;
		else
			take_digit(p, (unsigned)(bytes[i] - '0'));
	}
}

static bool
is_number(const struct http_parser *p)
{
	return p->has_digits && !p->is_no_number;
}

/* --- the fields: what takes pieces of a value, what ends it ----- */

static const char *
end_length(struct http_parser *p)
{
	if (p->has_length)
		return "it has two Content-Lengths";
	if (!is_number(p))
		return "its Content-Length is no number";
	if (p->number == NUMBER_TOO_LARGE)
		return "its Content-Length is larger than any body";
	p->has_length = true;
	p->length = p->number;
	return NULL;
}

static const char *
end_encoding(struct http_parser *p)
{
	if (p->chunked || !is_word(gathered(p), "chunked"))
		return "its Transfer-Encoding is not chunked, once";
	p->chunked = true;
	return NULL;
}

static void
end_option(struct http_parser *p)
{
	struct text option = gathered(p);

	p->close = p->close || is_word(option, "close");
	p->keep = p->keep || is_word(option, "keep-alive");
	forget(p);
}

/* Options with commas between them. */
static void
take_options(struct http_parser *p, const char *bytes, size_t length)
{
	const char *comma;

	while ((comma = memchr(bytes, ',', length)) != NULL) {
		size_t n = (size_t)(comma - bytes);

		gather(p, bytes, n);
		end_option(p);
		bytes += n + 1;
		length -= n + 1;
	}
	gather(p, bytes, length);
}

static const char *
end_options(struct http_parser *p)
{
	end_option(p);
	return NULL;
}

static void
take_retry_after(struct http_parser *p, const char *bytes, size_t length)
{
	take_number(p, bytes, length);
	gather(p, bytes, length);
}

static long long
seconds_until(const struct http_parser *p, long long then)
{
	long long wait = then - p->now;

	if (wait < 0)
		return 0;
	return wait < HTTP_RETRY_AFTER_MAX ? wait : HTTP_RETRY_AFTER_MAX;
}

/* delta-seconds or a date (RFC 9110, 10.2.3). */
static const char *
end_retry_after(struct http_parser *p)
{
	long long then;

	p->retry_after_s = -1;
	if (p->has_retry_after)
		return NULL;
	p->has_retry_after = true;
	if (is_number(p))
		p->retry_after_s = p->number < HTTP_RETRY_AFTER_MAX
		    ? (long long)p->number
		    : HTTP_RETRY_AFTER_MAX;
	else if (http_date_parse(gathered(p), p->now, &then))
		p->retry_after_s = seconds_until(p, then);
	return NULL;
}

/* The first one of a 3xx. */
static void
take_location(struct http_parser *p, const char *bytes, size_t length)
{
	size_t at = (size_t)p->number;

	if (p->code / 100 != 3 || (at == 0 && p->location[0] != '\0'))
		return;
	for (size_t i = 0; i < length && at < HTTP_LOCATION_MAX; i++) {
		char c = bytes[i];

		if (http_bytes_is_blank(c) && at == 0)
			continue;
		p->location[at++] = c > ' ' && c <= '~' ? c
		    : http_bytes_is_blank(c)            ? ' '
							: '?';
		p->location[at] = '\0';
	}
	p->number = at;
}

static const char *
end_location(struct http_parser *p)
{
	size_t at = (size_t)p->number;

	while (at > 0 && p->location[at - 1] == ' ')
		p->location[--at] = '\0';
	return NULL;
}

#define NAME(name)                     \
	{                              \
		name, sizeof(name) - 1 \
	}

static const struct field {
	struct text name;
	void (*take)(struct http_parser *p, const char *bytes, size_t length);
	const char *(*end)(struct http_parser *p);
} fields[] = {
	{ { NULL, 0 }, NULL, NULL }, /* those that are not heeded */
	{ NAME("content-length"), take_number, end_length },
	{ NAME("transfer-encoding"), gather, end_encoding },
	{ NAME("connection"), take_options, end_options },
	{ NAME("retry-after"), take_retry_after, end_retry_after },
	{ NAME("location"), take_location, end_location },
};

#undef NAME

void
http_fields_name(struct http_parser *p, const char *bytes, size_t length)
{
	gather(p, bytes, length);
	if (!p->trailers)
		http_lines_add(&p->lines, bytes, length);
}

/* It tells nothing, and might let who reads it in. */
static bool
is_secret(struct text name)
{
	return is_word(name, "set-cookie") || is_word(name, "set-cookie2");
}

static unsigned
find_field(const struct http_parser *p)
{
	struct text name = gathered(p);

	for (unsigned i = 1; i < COUNT(fields); i++)
		if (name.length == fields[i].name.length &&
		    text_starts_with(name, fields[i].name.start))
			return i;
	return 0;
}

void
http_fields_end_name(struct http_parser *p)
{
	p->field = p->trailers ? 0 : find_field(p);
	if (!p->trailers)
		http_lines_end_name(&p->lines, is_secret(gathered(p)));
	forget(p);
	begin_number(p);
}

void
http_fields_value(struct http_parser *p, const char *bytes, size_t length)
{
	if (!p->trailers)
		http_lines_add(&p->lines, bytes, length);
	if (p->field != 0)
		fields[p->field].take(p, bytes, length);
}

const char *
http_fields_end_value(struct http_parser *p)
{
	const char *error = p->field == 0 ? NULL : fields[p->field].end(p);

	if (!p->trailers)
		http_lines_end_value(&p->lines);
	forget(p);
	return error;
}

const char *
http_fields_end(const struct http_parser *p)
{
	if (p->chunked && p->has_length)
		return "it has both Content-Length and Transfer-Encoding";
	if (p->chunked && p->minor == 0)
		return "it has Transfer-Encoding, but is HTTP/1.0";
	return NULL;
}
