/* http_parser.c - parses the answer to one HTTP/1.1 request. */
#include "http/http_parser.h"

#include <string.h>

#include "common/compiler.h"
#include "common/text.h"
#include "common/http_bytes.h"
#include "http/http_chunk.h"
#include "http/http_fields.h"

/* What comes next. */
enum step {
	STEP_START,      /* HTTP/1. */
	STEP_MINOR,      /* a digit */
	STEP_BLANK,      /* the blank before the code */
	STEP_CODE,       /* three digits */
	STEP_AFTER_CODE, /* a blank, or the end of the line */
	STEP_REASON,
	STEP_LF,       /* of a line that is not empty */
	STEP_LINE,     /* a field line, or the empty one */
	STEP_NAME,     /* the rest of a name, and the colon */
	STEP_VALUE,    /* a value, and CR */
	STEP_EMPTY_LF, /* of the empty line */
	STEP_LENGTH,   /* so many bytes of a body */
	STEP_CLOSE,    /* a body as long as the connection */
	STEP_CHUNK_LINE,
	STEP_CHUNK_LINE_LF,
	STEP_CHUNK_DATA,
	STEP_CHUNK_CR,
	STEP_CHUNK_LF,
};

/* The bytes at hand, and where those of a body go. */
struct input {
	const char *bytes;
	size_t length; /* not 0 */
	void (*body)(void *arg, const char *data, size_t length);
	void *arg;
};

/* How an answer, or what comes in its place, begins; '?' is any byte. */
static const struct {
	const char *bytes;
	size_t length;
	const char *error; /* NULL: go on */
} starts[] = {
	{ "HTTP/1.", 7, NULL },
	/* SETTINGS and GOAWAY of connection 0 (RFC 9113, 6.5 and 6.8) */
	{ "\0\0?\4\0\0\0\0\0", 9,
	    "it speaks HTTP/2, and only HTTP/1.1 is spoken here" },
	{ "\0\0?\7\0\0\0\0\0", 9,
	    "it speaks HTTP/2, and only HTTP/1.1 is spoken here" },
	{ "HTTP/2", 6, "it speaks HTTP/2, and only HTTP/1.1 is spoken here" },
	/* an alert (RFC 8446, 5.1) */
	{ "\x15\3", 2, "it speaks TLS where plain HTTP was spoken" },
};

/* The byte at which it breaks is not taken. */
static size_t
fail(struct http_parser *p, const char *error)
{
	p->state = HTTP_PARSER_BROKEN;
	p->error = error;
	return 0;
}

static size_t
step_to(struct http_parser *p, enum step step, size_t taken)
{
	p->step = step;
	return taken;
}

static void
begin_head(struct http_parser *p)
{
	http_fields_begin(p);
	p->step = STEP_START;
}

/* --- the status line (RFC 9112, 4) -------------------------------------- */

static bool
begins(const char *text, size_t length, const char *start)
{
	for (size_t i = 0; i < length; i++)
		if (text[i] != start[i] && start[i] != '?')
			return false;
	return true;
}

static size_t
take_start(struct http_parser *p, const struct input *in)
{
	p->text[p->text_length] = in->bytes[0];
	for (size_t i = 0; i < COUNT(starts); i++) {
		if (!begins(p->text, p->text_length + 1, starts[i].bytes))
			continue;
		p->text_length++;
		if (p->text_length < starts[i].length)
			return 1;
		p->text_length = 0;
		if (starts[i].error != NULL)
			return fail(p, starts[i].error);
		return step_to(p, STEP_MINOR, 1);
	}
	return fail(p, "it does not begin with HTTP/1");
}

static size_t
take_minor(struct http_parser *p, const struct input *in)
{
	if (!text_is_digit(in->bytes[0]))
		return fail(p, "its HTTP version is no number");
	p->minor = in->bytes[0] - '0';
	return step_to(p, STEP_BLANK, 1);
}

static size_t
take_blank(struct http_parser *p, const struct input *in)
{
	if (in->bytes[0] != ' ')
		return fail(p, "no blank follows its HTTP version");
	return step_to(p, STEP_CODE, 1);
}

static size_t
take_code(struct http_parser *p, const struct input *in)
{
	char c = in->bytes[0];

	if (!text_is_digit(c) || (p->code == 0 && c == '0'))
		return fail(p, "its status is no number from 100 to 999");
	p->code = p->code * 10 + c - '0';
	if (p->code == 101)
		return fail(p, "it switches to another protocol");
	return step_to(p, p->code < 100 ? STEP_CODE : STEP_AFTER_CODE, 1);
}

static size_t
take_after_code(struct http_parser *p, const struct input *in)
{
	if (in->bytes[0] == ' ')
		return step_to(p, STEP_REASON, 1);
	if (in->bytes[0] == '\r')
		return step_to(p, STEP_LF, 1);
	return fail(p, "no blank follows its status");
}

/* --- lines of a head, and of trailers (RFC 9112, 5) --------------------- */

static size_t
fail_in_line(struct http_parser *p, char c)
{
	if (c == '\n')
		return fail(p, "a line of its head ends without CR");
	if (c == '\0')
		return fail(p, "a line of its head has a NUL");
	return fail(p, "a line of its head has a control character");
}

/* The rest of a line up to its CR, which is not taken if there is text. */
static size_t
take_text(struct http_parser *p, const struct input *in)
{
	size_t n = http_bytes_text(in->bytes, in->length);

	if (n > 0)
		return n;
	if (in->bytes[0] != '\r')
		return fail_in_line(p, in->bytes[0]);
	return step_to(p, STEP_LF, 1);
}

static size_t
take_lf(struct http_parser *p, const struct input *in)
{
	if (in->bytes[0] != '\n')
		return fail(p, "a line of its head has a CR without LF");
	return step_to(p, STEP_LINE, 1);
}

static size_t
take_line(struct http_parser *p, const struct input *in)
{
	char c = in->bytes[0];

	if (c == '\r')
		return step_to(p, STEP_EMPTY_LF, 1);
	if (http_bytes_is_blank(c))
		return fail(p, "a line of its head is folded");
	if (c == ':')
		return fail(p, "a line of its head has no name");
	if (c == '\n')
		return fail_in_line(p, c);
	return step_to(p, STEP_NAME, 0);
}

static size_t
fail_in_name(struct http_parser *p, char c)
{
	if (c == '\r' || c == '\n')
		return fail(p, "a line of its head has no colon");
	if (http_bytes_is_blank(c))
		return fail(p,
		    "a name in its head has a blank in it or behind it");
	return fail(p, "a name in its head has a character that none may have");
}

static size_t
take_name(struct http_parser *p, const struct input *in)
{
	size_t n = http_bytes_token(in->bytes, in->length);

	http_fields_name(p, in->bytes, n);
	if (n == in->length)
		return n;
	if (in->bytes[n] == ':') {
		http_fields_end_name(p);
		return step_to(p, STEP_VALUE, n + 1);
	}
	if (n == 0)
		return fail_in_name(p, in->bytes[0]);
	return n;
}

static size_t
take_value(struct http_parser *p, const struct input *in)
{
	size_t n = http_bytes_text(in->bytes, in->length);
	const char *error;

	http_fields_value(p, in->bytes, n);
	if (n > 0)
		return n;
	if (in->bytes[0] != '\r')
		return fail_in_line(p, in->bytes[0]);
	error = http_fields_end_value(p);
	if (error != NULL)
		return fail(p, error);
	return step_to(p, STEP_LF, 1);
}

/* --- the body (RFC 9112, 6 and 7) --------------------------------------- */

/* keeps: it ended where it said that it would. */
static void
finish(struct http_parser *p, bool keeps)
{
	p->state = HTTP_PARSER_DONE;
	p->keep_alive = keeps && !p->close && (p->minor > 0 || p->keep);
}

/* RFC 9112, 6.3. What promises a body where there is none is not trusted. */
static void
begin_body(struct http_parser *p)
{
	p->status = p->code;
	p->state = HTTP_PARSER_BODY;
	if (p->code == 204 || p->code == 304)
		finish(p, !p->chunked && p->length == 0);
	else if (p->has_length && p->length == 0)
		finish(p, true);
	else if (p->has_length)
		p->step = STEP_LENGTH;
	else if (!p->chunked)
		p->step = STEP_CLOSE;
	else {
		p->step = STEP_CHUNK_LINE;
		http_chunk_begin(p);
	}
}

static size_t
take_empty_lf(struct http_parser *p, const struct input *in)
{
	const char *error;

	if (in->bytes[0] != '\n')
		return fail(p, "a line of its head has a CR without LF");
	if (p->trailers) {
		finish(p, true);
		return 1;
	}
	error = http_fields_end(p);
	if (error != NULL)
		return fail(p, error);
	if (p->code >= 200) {
		begin_body(p);
		return 1;
	}
	p->close = p->close || p->chunked || p->has_length;
	begin_head(p);
	return 1;
}

/* So many bytes of the body as are there and belong to it. */
static size_t
take_data(struct http_parser *p, const struct input *in)
{
	size_t n = in->length;

	if (n > p->length)
		n = (size_t)p->length;
	p->length -= n;
	if (in->body != NULL)
		in->body(in->arg, in->bytes, n);
	return n;
}

static size_t
take_length(struct http_parser *p, const struct input *in)
{
	size_t n = take_data(p, in);

	if (p->length == 0)
		finish(p, true);
	return n;
}

static size_t
take_close(struct http_parser *p, const struct input *in)
{
	(void)p;
	if (in->body != NULL)
		in->body(in->arg, in->bytes, in->length);
	return in->length;
}

static size_t
take_chunk_line(struct http_parser *p, const struct input *in)
{
	size_t n = 0;

	while (n < in->length)
		switch (http_chunk_take(p, in->bytes[n])) {
		case HTTP_CHUNK_GOES_ON:
			n++;
			break;
		case HTTP_CHUNK_WHOLE:
			return step_to(p, STEP_CHUNK_LINE_LF, n + 1);
		case HTTP_CHUNK_INVALID:
			fail(p, "the line before a chunk is not valid");
			return n;
		case HTTP_CHUNK_TOO_LARGE:
			fail(p, "a chunk is larger than any body");
			return n;
		}
	return n;
}

static size_t
take_chunk_line_lf(struct http_parser *p, const struct input *in)
{
	if (in->bytes[0] != '\n')
		return fail(p, "the line before a chunk has a CR without LF");
	p->trailers = p->length == 0;
	return step_to(p, p->trailers ? STEP_LINE : STEP_CHUNK_DATA, 1);
}

static size_t
take_chunk_data(struct http_parser *p, const struct input *in)
{
	size_t n = take_data(p, in);

	if (p->length == 0)
		p->step = STEP_CHUNK_CR;
	return n;
}

static size_t
take_chunk_cr(struct http_parser *p, const struct input *in)
{
	if (in->bytes[0] != '\r')
		return fail(p, "a chunk is longer than it said");
	return step_to(p, STEP_CHUNK_LF, 1);
}

static size_t
take_chunk_lf(struct http_parser *p, const struct input *in)
{
	if (in->bytes[0] != '\n')
		return fail(p, "a chunk is longer than it said");
	http_chunk_begin(p);
	return step_to(p, STEP_CHUNK_LINE, 1);
}

/* --- all together ------------------------------------------------------- */

/* Each returns how many bytes it took: none if it only went on, or failed. */
static size_t (*const steps[])(struct http_parser *, const struct input *) = {
	[STEP_START] = take_start,
	[STEP_MINOR] = take_minor,
	[STEP_BLANK] = take_blank,
	[STEP_CODE] = take_code,
	[STEP_AFTER_CODE] = take_after_code,
	[STEP_REASON] = take_text,
	[STEP_LF] = take_lf,
	[STEP_LINE] = take_line,
	[STEP_NAME] = take_name,
	[STEP_VALUE] = take_value,
	[STEP_EMPTY_LF] = take_empty_lf,
	[STEP_LENGTH] = take_length,
	[STEP_CLOSE] = take_close,
	[STEP_CHUNK_LINE] = take_chunk_line,
	[STEP_CHUNK_LINE_LF] = take_chunk_line_lf,
	[STEP_CHUNK_DATA] = take_chunk_data,
	[STEP_CHUNK_CR] = take_chunk_cr,
	[STEP_CHUNK_LF] = take_chunk_lf,
};

void
http_parser_init(struct http_parser *p, long long now)
{
	*p = (struct http_parser){ .now = now };
	begin_head(p);
}

void
http_parser_collect(struct http_parser *p, unsigned char *text, size_t max)
{
	p->lines.text = text;
	p->lines.max = max;
}

size_t
http_parser_lines(const struct http_parser *p)
{
	return p->status == 0 ? 0 : p->lines.line;
}

static bool
goes_on(const struct http_parser *p)
{
	return p->state == HTTP_PARSER_HEAD || p->state == HTTP_PARSER_BODY;
}

/* One step, with as many bytes as may still be read; how many it took. */
static size_t
take_step(struct http_parser *p, struct input in)
{
	static const size_t most[] = { HTTP_HEAD_MAX, HTTP_BODY_MAX };
	bool in_body = p->state == HTTP_PARSER_BODY && !p->trailers;
	unsigned *count = in_body ? &p->body_bytes : &p->head_bytes;
	size_t room = most[in_body] - *count;
	size_t n;

	if (room == 0 && in_body) {
		p->state = HTTP_PARSER_LONG;
		return 0;
	}
	if (room == 0)
		return fail(p, "its head is longer than 16 KiB");
	if (in.length > room)
		in.length = room;
	n = steps[p->step](p, &in);
	*count += (unsigned)n;
	return n;
}

size_t
http_parser_take(struct http_parser *p, const char *bytes, size_t length,
    void (*body)(void *arg, const char *data, size_t length), void *arg)
{
	size_t taken = 0;

	while (taken < length && goes_on(p)) {
		struct input in = { bytes + taken, length - taken, body, arg };

		taken += take_step(p, in);
	}
	return taken;
}

bool
http_parser_end(struct http_parser *p)
{
	if (p->state == HTTP_PARSER_BODY && p->step == STEP_CLOSE)
		finish(p, false);
	return p->state == HTTP_PARSER_DONE;
}
