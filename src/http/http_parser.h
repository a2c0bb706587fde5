/*
 * http_parser.h - parses the answer to one HTTP/1.1 request that is no HEAD.
 *
 * Pure: bytes in, facts out; no I/O, no memory of its own. RFC 9112 with every
 * leniency for recipients declined: CRLF alone ends a line, nothing is folded,
 * no bare CR or NUL, names are tokens directly before the colon, one
 * Content-Length of digits, never beside Transfer-Encoding, which is "chunked"
 * alone. Every byte is counted, whatever it is. How the bytes are cut into
 * pieces changes nothing.
 *
 * Heads of 1xx are passed over, but for 101: nothing was asked to switch. An
 * answer of HTTP/1.2 to 1.9 is read as one of 1.1 (RFC 9110, 2.5). 204 and 304
 * have no body, whatever they say (RFC 9112, 6.3). What trailers say is not
 * heeded.
 */
#ifndef POSTERN_HTTP_PARSER_H
#define POSTERN_HTTP_PARSER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_HEAD_MAX 16384 /* bytes of heads, those of 1xx and trailers too */
#define HTTP_BODY_MAX 16384 /* bytes of a body, its framing too */

#define HTTP_LOCATION_MAX 200
#define HTTP_RETRY_AFTER_MAX 2147483647 /* more seconds are as many */

enum http_parser_state {
	HTTP_PARSER_HEAD, /* no whole final head yet */
	HTTP_PARSER_BODY, /* the head is whole, status is set */
	HTTP_PARSER_DONE, /* the answer is whole */
	HTTP_PARSER_LONG, /* its body is longer than we read: enough is known */
	HTTP_PARSER_BROKEN, /* it is none: error says why */
};

struct http_parser {
	enum http_parser_state state;
	int status;      /* of the whole final head, 200 to 999; else 0 */
	int minor;       /* HTTP/1.x */
	bool keep_alive; /* the connection may be used again; only when DONE */
	const char *error;       /* a constant, when BROKEN */
	long long retry_after_s; /* -1: none, or not one that is valid */
	/* where a 3xx leads, perhaps cut; '?' for what is not printable */
	char location[HTTP_LOCATION_MAX + 1];

	/* the rest is private: to http_parser, http_fields and http_chunk */
	long long now;
	unsigned step;
	unsigned chunk_state;
	unsigned head_bytes, body_bytes; /* so far, on the wire */
	int code;                        /* of the head that is being read */
	bool trailers;                   /* the fields are those of trailers */
	struct http_lines {
		unsigned char *text;
		size_t max, length;
		size_t line, value; /* where those in hand begin */
		bool skips;         /* the line in hand is left out */
	} lines;

	/* what the fields of this head say */
	unsigned field; /* whose value comes; 0: one that is not heeded */
	bool close, keep, chunked, has_length, has_retry_after;
	unsigned long long
	    length; /* of the body, or of a chunk; what is left */

	/* what is gathered of a name, a value or the first bytes */
	char text[64];
	size_t text_length;
	bool text_is_cut;
	unsigned long long number;
	bool has_digits, digits_ended, is_no_number;
};

/* now: seconds since 1970, for a Retry-After that is a date. */
void http_parser_init(struct http_parser *p, long long now);

/*
 * Collect the final head's fields there, at most so many bytes: "name: value"
 * and a line feed each, as they came but for blanks around the value. Left out
 * are Set-Cookie, and each line that does not fit.
 */
void http_parser_collect(struct http_parser *p, unsigned char *text,
    size_t max);

/* How many bytes that are; 0 until the head is whole. */
size_t http_parser_lines(const struct http_parser *p);

/*
 * Take bytes as they came, at most so many. Returns how many were taken: fewer
 * than length only when the state is DONE, LONG or BROKEN; what is left over
 * after DONE belongs to no request. body, when not NULL, is called with each
 * piece of the body's data, framing removed.
 *
 * BROKEN with a status: the head was whole, the body or the trailers are not
 * valid. The byte at which it broke is not taken.
 */
size_t http_parser_take(struct http_parser *p, const char *bytes, size_t length,
    void (*body)(void *arg, const char *data, size_t length), void *arg);

/*
 * The connection has ended in order. A body that ends with the connection
 * becomes DONE; false if the answer is not whole: the body was cut short, or
 * (still HEAD) there is none.
 */
bool http_parser_end(struct http_parser *p);

#endif
