/* http_chunk.c - the line before a chunk: its size and its extensions. */
#include "http/http_chunk.h"

#include "common/text.h"
#include "common/http_bytes.h"

/*
 * chunk-size [ chunk-ext ] CRLF (RFC 9112, 7.1.1). Each state by what comes
 * next; what its row lacks is INVALID, which is 0.
 */
enum state {
	INVALID,
	NO_SIZE,     /* the first digit */
	SIZE,        /* more digits, or what follows them */
	BEFORE_SEMI, /* a blank was read */
	BEFORE_NAME,
	NAME,
	AFTER_NAME, /* a blank was read */
	BEFORE_VALUE,
	VALUE,
	QUOTED,
	ESCAPED,
	UNQUOTED, /* the closing quote was read */
	WHOLE,
	STATES,
};

enum kind {
	TOKEN,
	BLANK,
	SEMI,
	EQUALS,
	QUOTE,
	BACKSLASH,
	TEXT, /* any other that a quoted text may have */
	CR,
	CONTROL,
	KINDS,
};

static const unsigned char next_state[STATES][KINDS] = {
	[SIZE] = { [BLANK] = BEFORE_SEMI, [SEMI] = BEFORE_NAME, [CR] = WHOLE },
	[BEFORE_SEMI] = { [BLANK] = BEFORE_SEMI, [SEMI] = BEFORE_NAME },
	[BEFORE_NAME] = { [BLANK] = BEFORE_NAME, [TOKEN] = NAME },
	[NAME] = { [TOKEN] = NAME,
	    [BLANK] = AFTER_NAME,
	    [SEMI] = BEFORE_NAME,
	    [EQUALS] = BEFORE_VALUE,
	    [CR] = WHOLE },
	[AFTER_NAME] = { [BLANK] = AFTER_NAME,
	    [SEMI] = BEFORE_NAME,
	    [EQUALS] = BEFORE_VALUE },
	[BEFORE_VALUE] = { [BLANK] = BEFORE_VALUE,
	    [TOKEN] = VALUE,
	    [QUOTE] = QUOTED },
	[VALUE] = { [TOKEN] = VALUE,
	    [BLANK] = BEFORE_SEMI,
	    [SEMI] = BEFORE_NAME,
	    [CR] = WHOLE },
	[QUOTED] = { [TOKEN] = QUOTED,
	    [BLANK] = QUOTED,
	    [SEMI] = QUOTED,
	    [EQUALS] = QUOTED,
	    [TEXT] = QUOTED,
	    [BACKSLASH] = ESCAPED,
	    [QUOTE] = UNQUOTED },
	[ESCAPED] = { [TOKEN] = QUOTED,
	    [BLANK] = QUOTED,
	    [SEMI] = QUOTED,
	    [EQUALS] = QUOTED,
	    [TEXT] = QUOTED,
	    [BACKSLASH] = QUOTED,
	    [QUOTE] = QUOTED },
	[UNQUOTED] = { [BLANK] = BEFORE_SEMI,
	    [SEMI] = BEFORE_NAME,
	    [CR] = WHOLE },
};

static enum kind
kind_of(char c)
{
	switch (c) {
	case ';':
		return SEMI;
	case '=':
		return EQUALS;
	case '"':
		return QUOTE;
	case '\\':
		return BACKSLASH;
	case '\r':
		return CR;
	default:
		if (http_bytes_is_blank(c))
			return BLANK;
		if (http_bytes_is_token(c))
			return TOKEN;
		return http_bytes_is_text(c) ? TEXT : CONTROL;
	}
}

void
http_chunk_begin(struct http_parser *p)
{
	p->chunk_state = NO_SIZE;
	p->length = 0;
}

static enum http_chunk_line
take_digit(struct http_parser *p, unsigned digit)
{
	if (p->length >> 60 != 0)
		return HTTP_CHUNK_TOO_LARGE;
	p->length = p->length << 4 | digit;
	p->chunk_state = SIZE;
	return HTTP_CHUNK_GOES_ON;
}

enum http_chunk_line
http_chunk_take(struct http_parser *p, char c)
{
	int digit = text_hex_value(c);

	if (digit >= 0 && p->chunk_state <= SIZE)
		return take_digit(p, (unsigned)digit);
	p->chunk_state = next_state[p->chunk_state][kind_of(c)];
	if (p->chunk_state == INVALID)
		return HTTP_CHUNK_INVALID;
	return p->chunk_state == WHOLE ? HTTP_CHUNK_WHOLE : HTTP_CHUNK_GOES_ON;
}
