/* http_parser.c - tests: what is an answer, and what is said of it. */
#include "common/compiler.h"
#include "http/http_parser.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <criterion/criterion.h>

#define LINES_MAX 64
#define NOW 1795737535 /* Thu, 26 Nov 2026 23:58:55 GMT */
#define BYTES(text) text, sizeof text - 1
#define OK "HTTP/1.1 200 OK\r\n"
#define EMPTY "Content-Length: 0\r\n\r\n"
#define CHUNKED OK "Transfer-Encoding: chunked\r\n\r\n"

/* What the parser said in the end, and the data of the body. */
struct facts {
	struct http_parser p;
	size_t taken;
	bool whole;
	char data[HTTP_BODY_MAX + 1];
	size_t length;
	unsigned char lines[LINES_MAX];
};

static void
keep_data(void *arg, const char *data, size_t length)
{
	struct facts *f = arg;

	cr_assert_leq(f->length + length, HTTP_BODY_MAX);
	memcpy(f->data + f->length, data, length);
	f->length += length;
}

/* A copy of exactly this size, so that a byte read too many is seen. */
static bool
take(struct facts *f, const char *bytes, size_t length)
{
	char *copy = malloc(length > 0 ? length : 1);
	size_t n;

	cr_assert_not_null(copy);
	memcpy(copy, bytes, length);
	n = http_parser_take(&f->p, copy, length, keep_data, f);
	free(copy);
	f->taken += n;
	if (n < length)
		cr_assert_geq(f->p.state, HTTP_PARSER_DONE);
	return n == length;
}

/* In pieces of this size, but for a first one; 0: all the rest. */
static struct facts *
parse(const char *bytes, size_t length, size_t first, size_t piece)
{
	struct facts *f = calloc(1, sizeof *f);
	size_t at = first;

	cr_assert_not_null(f);
	http_parser_init(&f->p, NOW);
	http_parser_collect(&f->p, f->lines, sizeof f->lines);
	if (take(f, bytes, first))
		while (at < length) {
			size_t n = piece > 0 && piece < length - at
			    ? piece
			    : length - at;

			if (!take(f, bytes + at, n))
				break;
			at += n;
		}
	f->whole = http_parser_end(&f->p);
	return f;
}

static void
expect_same(const struct facts *a, const struct facts *b, const char *of)
{
	cr_expect_eq(a->p.state, b->p.state, "%s", of);
	cr_expect_eq(a->p.status, b->p.status, "%s", of);
	cr_expect_eq(a->p.minor, b->p.minor, "%s", of);
	cr_expect_eq(a->p.keep_alive, b->p.keep_alive, "%s", of);
	cr_expect_eq(a->p.retry_after_s, b->p.retry_after_s, "%s", of);
	cr_expect_str_eq(a->p.location, b->p.location, "%s", of);
	cr_expect_eq(a->p.error, b->p.error, "%s", of);
	cr_expect_eq(a->taken, b->taken, "%s", of);
	cr_expect_eq(a->whole, b->whole, "%s", of);
	cr_expect_eq(a->length, b->length, "%s", of);
	cr_expect_eq(memcmp(a->data, b->data, a->length), 0, "%s", of);
	cr_expect_eq(http_parser_lines(&a->p), http_parser_lines(&b->p), "%s",
	    of);
	cr_expect_eq(memcmp(a->lines, b->lines, http_parser_lines(&a->p)), 0,
	    "%s", of);
}

/* Cut at each place, and in pieces of one byte and of three. */
static void
expect_same_however_cut(const char *bytes, size_t length)
{
	struct facts *all = parse(bytes, length, 0, 0);

	for (size_t at = 0; at <= length; at++) {
		struct facts *f = parse(bytes, length, at, 0);

		expect_same(all, f, bytes);
		free(f);
	}
	for (size_t piece = 1; piece <= 3; piece += 2) {
		struct facts *f = parse(bytes, length, 0, piece);

		expect_same(all, f, bytes);
		free(f);
	}
	free(all);
}

Test(http_parser, whole_answers)
{
	static const struct {
		const char *bytes;
		size_t length;
		int status;
		bool keep_alive;
		size_t left_over;
		const char *data;
	} cases[] = {
		{ BYTES(OK EMPTY), 200, true, 0, "" },
		{ BYTES(OK "content-LENGTH:3\r\n\r\nabc"), 200, true, 0,
		    "abc" },
		{ BYTES(OK "Content-Length: \t3\t \r\n\r\nabcX"), 200, true, 1,
		    "abc" },
		{ BYTES(OK "Content-Length: 0000000000000000000000000000000000"
			   "00000000000000000000000000000000000003\r\n\r\nabc"),
		    200, true, 0, "abc" },
		{ BYTES(OK "\r\nabc"), 200, false, 0, "abc" },
		{ BYTES(OK "\r\n"), 200, false, 0, "" },
		{ BYTES("HTTP/1.1 200\r\n" EMPTY), 200, true, 0, "" },
		{ BYTES("HTTP/1.1 200 \r\n" EMPTY), 200, true, 0, "" },
		{ BYTES("HTTP/1.1 200 \tall \xc3\xa9\r\n" EMPTY), 200, true, 0,
		    "" },
		{ BYTES("HTTP/1.1 999 X\r\n" EMPTY), 999, true, 0, "" },
		{ BYTES("HTTP/1.2 200 X\r\n" EMPTY), 200, true, 0, "" },
		/* keeping the connection */
		{ BYTES("HTTP/1.0 200 OK\r\n" EMPTY), 200, false, 0, "" },
		{ BYTES("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n" EMPTY),
		    200, true, 0, "" },
		{ BYTES(OK "Connection: close\r\n" EMPTY), 200, false, 0, "" },
		{ BYTES(OK "Connection: a, ,\tCLOSE ,b\r\n" EMPTY), 200, false,
		    0, "" },
		{ BYTES(OK "Connection: a\r\nConnection: close\r\n" EMPTY), 200,
		    false, 0, "" },
		{ BYTES(OK "Connection: closed, clos, e, clxse\r\n" EMPTY), 200,
		    true, 0, "" },
		{ BYTES(
		      "HTTP/1.0 200 OK\r\nConnection: keep-alive, keep-alive\r\n" EMPTY),
		    200, true, 0, "" },
		{ BYTES(
		      "HTTP/1.0 200 OK\r\nConnection: close, keep-alive\r\n" EMPTY),
		    200, false, 0, "" },
		/* without a body, whatever they say */
		{ BYTES("HTTP/1.1 204 No\r\n\r\n"), 204, true, 0, "" },
		{ BYTES("HTTP/1.1 304 No\r\n\r\nabc"), 304, true, 3, "" },
		{ BYTES("HTTP/1.1 204 No\r\nContent-Length: 3\r\n\r\nabc"), 204,
		    false, 3, "" },
		{ BYTES("HTTP/1.1 204 No\r\nTransfer-Encoding: chunked\r\n\r\n"
			"0\r\n\r\n"),
		    204, false, 5, "" },
		{ BYTES("HTTP/1.1 205 X\r\n" EMPTY), 205, true, 0, "" },
		/* interim ones */
		{ BYTES("HTTP/1.1 100 Continue\r\n\r\n" OK EMPTY), 200, true, 0,
		    "" },
		{ BYTES("HTTP/1.1 103 X\r\nLink: a\r\n\r\nHTTP/1.1 199\r\n\r\n"
			"HTTP/1.1 500 X\r\nContent-Length: 1\r\n\r\na"),
		    500, true, 0, "a" },
		{ BYTES("HTTP/1.1 100 X\r\nContent-Length: 3\r\n\r\n" OK EMPTY),
		    200, false, 0, "" },
		{ BYTES(
		      "HTTP/1.1 100 X\r\nTransfer-Encoding: chunked\r\n\r\n" OK
			  EMPTY),
		    200, false, 0, "" },
		{ BYTES("HTTP/1.1 100 X\r\nConnection: close\r\n\r\n" OK EMPTY),
		    200, false, 0, "" },
		{ BYTES("HTTP/1.0 100 X\r\nConnection: keep-alive\r\n\r\n"
			"HTTP/1.0 200 OK\r\n" EMPTY),
		    200, false, 0, "" },
		/* chunks */
		{ BYTES(CHUNKED "0\r\n\r\n"), 200, true, 0, "" },
		{ BYTES(CHUNKED "3\r\nabc\r\n0\r\n\r\nX"), 200, true, 1,
		    "abc" },
		{ BYTES(CHUNKED "003\r\na\r\n\r\n0A\r\n0123456789\r\n000\r\n"
				"\r\n"),
		    200, true, 0, "a\r\n0123456789" },
		{ BYTES(CHUNKED "3 ;a;b=c\t; d = \"x; \\\"=\xff\" ;e\r\nabc\r\n"
				"0;f=\"\"\r\n\r\n"),
		    200, true, 0, "abc" },
		{ BYTES(CHUNKED "1\r\na\r\n0\r\nX: y\r\nContent-Length: 9\r\n"
				"Connection: close\r\n\r\n"),
		    200, true, 0, "a" },
		{ BYTES(OK "transfer-encoding:CHUNKED \r\n\r\n0\r\n\r\n"), 200,
		    true, 0, "" },
		/* fields that nobody heeds */
		{ BYTES(OK "a:\r\n!#$%&'*+-.^_`|~09azAZ: \x80\xff\t~\r\n"
			   "Content-Lengths: x\r\nContent-Lengt: x\r\n"
			   "Content-Langth: x\r\n" EMPTY),
		    200, true, 0, "" },
		{ BYTES(OK "A-very-long-name-that-is-longer-than-any-that-is-"
			   "heeded-by-this-client: close\r\n" EMPTY),
		    200, true, 0, "" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct facts *f = parse(cases[i].bytes, cases[i].length, 0, 0);

		cr_expect_eq(f->p.state, HTTP_PARSER_DONE, "%s: %s",
		    cases[i].bytes, f->p.error);
		cr_expect(f->whole, "%s", cases[i].bytes);
		cr_expect_eq(f->p.status, cases[i].status, "%s",
		    cases[i].bytes);
		cr_expect_eq(f->p.keep_alive, cases[i].keep_alive, "%s",
		    cases[i].bytes);
		cr_expect_eq(cases[i].length - f->taken, cases[i].left_over,
		    "%s", cases[i].bytes);
		cr_expect_str_eq(f->data, cases[i].data, "%s", cases[i].bytes);
		expect_same_however_cut(cases[i].bytes, cases[i].length);
		free(f);
	}
}

/* Where it breaks is the byte at the bar, which is left out. */
Test(http_parser, what_is_none)
{
	static const struct {
		const char *bytes;
		size_t length;
		int status;
		const char *error;
	} cases[] = {
		{ BYTES("|x"), 0, "it does not begin with HTTP/1" },
		{ BYTES("|\n"), 0, "it does not begin with HTTP/1" },
		{ BYTES("H|ttp/1.1 200 OK\r\n"), 0,
		    "it does not begin with HTTP/1" },
		{ BYTES("|\r\n" OK EMPTY), 0, "it does not begin with HTTP/1" },
		{ BYTES("HTTP/|0.9 200 OK\r\n"), 0,
		    "it does not begin with HTTP/1" },
		{ BYTES("HTTP/|2 200 OK\r\n"), 0,
		    "it speaks HTTP/2, and only HTTP/1.1 is spoken here" },
		{ BYTES("\0\0\22\4\0\0\0\0|\0\0\3"), 0,
		    "it speaks HTTP/2, and only HTTP/1.1 is spoken here" },
		{ BYTES("\0\0\10\7\0\0\0\0|\0\0\3"), 0,
		    "it speaks HTTP/2, and only HTTP/1.1 is spoken here" },
		{ BYTES("\0\0\22|\1\0\0\0\0\0\3"), 0,
		    "it does not begin with HTTP/1" },
		{ BYTES("\x15|\3\1\0\2\2\x46"), 0,
		    "it speaks TLS where plain HTTP was spoken" },
		{ BYTES("HTTP/1.|x 200 OK\r\n"), 0,
		    "its HTTP version is no number" },
		{ BYTES("HTTP/1.1|1 200 OK\r\n"), 0,
		    "no blank follows its HTTP version" },
		{ BYTES("HTTP/1.1|\t200 OK\r\n"), 0,
		    "no blank follows its HTTP version" },
		{ BYTES("HTTP/1.1 | 200 OK\r\n"), 0,
		    "its status is no number from 100 to 999" },
		{ BYTES("HTTP/1.1 |099 OK\r\n"), 0,
		    "its status is no number from 100 to 999" },
		{ BYTES("HTTP/1.1 20|x OK\r\n"), 0,
		    "its status is no number from 100 to 999" },
		{ BYTES("HTTP/1.1 20| OK\r\n"), 0,
		    "its status is no number from 100 to 999" },
		{ BYTES("HTTP/1.1 |-20 OK\r\n"), 0,
		    "its status is no number from 100 to 999" },
		{ BYTES("HTTP/1.1 200|0 OK\r\n"), 0,
		    "no blank follows its status" },
		{ BYTES("HTTP/1.1 10|1 Switching Protocols\r\n\r\n"), 0,
		    "it switches to another protocol" },
		{ BYTES("HTTP/1.1 200|\nA: b\n\n"), 0,
		    "no blank follows its status" },
		/* ends of lines */
		{ BYTES("HTTP/1.1 200 OK|\n\n"), 0,
		    "a line of its head ends without CR" },
		{ BYTES(OK "A: b|\n\r\n"), 0,
		    "a line of its head ends without CR" },
		{ BYTES(OK "A: b\r|b\r\n\r\n"), 0,
		    "a line of its head has a CR without LF" },
		{ BYTES(OK "A: b\r|\r\n\r\n"), 0,
		    "a line of its head has a CR without LF" },
		{ BYTES("HTTP/1.1 200 OK\r|A: b\r\n\r\n"), 0,
		    "a line of its head has a CR without LF" },
		{ BYTES(OK "A: b\r\n\r|a\n"), 0,
		    "a line of its head has a CR without LF" },
		{ BYTES(OK "A: b\r\n|\n"), 0,
		    "a line of its head ends without CR" },
		/* values */
		{ BYTES(OK "A: b|\0b\r\n"), 0, "a line of its head has a NUL" },
		{ BYTES(OK "A: b|\1b\r\n"), 0,
		    "a line of its head has a control character" },
		{ BYTES(OK "A: 0123456789|\x7f 0123456789\r\n"), 0,
		    "a line of its head has a control character" },
		{ BYTES("HTTP/1.1 200 O|\33K\r\n"), 0,
		    "a line of its head has a control character" },
		{ BYTES(OK "A: b\r\n| c\r\n\r\n"), 0,
		    "a line of its head is folded" },
		{ BYTES(OK "|\tA: b\r\n\r\n"), 0,
		    "a line of its head is folded" },
		/* names */
		{ BYTES(OK "|: b\r\n\r\n"), 0,
		    "a line of its head has no name" },
		{ BYTES(OK "A|\r\n\r\n"), 0,
		    "a line of its head has no colon" },
		{ BYTES(OK "A|\n\n"), 0, "a line of its head has no colon" },
		{ BYTES(OK "A| : b\r\n\r\n"), 0,
		    "a name in its head has a blank in it or behind it" },
		{ BYTES(OK "A|\tb: b\r\n\r\n"), 0,
		    "a name in its head has a blank in it or behind it" },
		{ BYTES(OK "A|\xc3\xa9: b\r\n\r\n"), 0,
		    "a name in its head has a character that none may have" },
		{ BYTES(OK "A|(: b\r\n\r\n"), 0,
		    "a name in its head has a character that none may have" },
		{ BYTES(OK "|\0: b\r\n\r\n"), 0,
		    "a name in its head has a character that none may have" },
		/* lengths */
		{ BYTES(OK "Content-Length: 5\r\nContent-Length: 5|\r\n\r\n"
			   "hello"),
		    0, "it has two Content-Lengths" },
		{ BYTES(OK "Content-Length: 5, 5|\r\n\r\nhello"), 0,
		    "its Content-Length is no number" },
		{ BYTES(OK "Content-Length: 5 5|\r\n\r\nhello"), 0,
		    "its Content-Length is no number" },
		{ BYTES(OK "Content-Length: +5|\r\n\r\nhello"), 0,
		    "its Content-Length is no number" },
		{ BYTES(OK "Content-Length: -5|\r\n\r\nhello"), 0,
		    "its Content-Length is no number" },
		{ BYTES(OK "Content-Length: x 5|\r\n\r\nhello"), 0,
		    "its Content-Length is no number" },
		{ BYTES(OK "Content-Length: 0x5|\r\n\r\nhello"), 0,
		    "its Content-Length is no number" },
		{ BYTES(OK "Content-Length: \t |\r\n\r\nhello"), 0,
		    "its Content-Length is no number" },
		{ BYTES(OK "Content-Length:|\r\n\r\nhello"), 0,
		    "its Content-Length is no number" },
		{ BYTES(OK "Content-Length: 18446744073709551620|\r\n\r\n"), 0,
		    "its Content-Length is larger than any body" },
		{ BYTES(OK "Content-Length: 99999999999999999999999|\r\n\r\n"),
		    0, "its Content-Length is larger than any body" },
		{ BYTES(OK "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"
			   "\r|\n0\r\n\r\n"),
		    0, "it has both Content-Length and Transfer-Encoding" },
		{ BYTES(OK "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n"
			   "\r|\n0\r\n\r\n"),
		    0, "it has both Content-Length and Transfer-Encoding" },
		{ BYTES("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r|\n"
			"0\r\n\r\n"),
		    0, "it has Transfer-Encoding, but is HTTP/1.0" },
		{ BYTES(OK "Transfer-Encoding: gzip, chunked|\r\n\r\n"), 0,
		    "its Transfer-Encoding is not chunked, once" },
		{ BYTES(OK "Transfer-Encoding: chunked, chunked|\r\n\r\n"), 0,
		    "its Transfer-Encoding is not chunked, once" },
		{ BYTES(OK "Transfer-Encoding: chunked\r\n"
			   "Transfer-Encoding: chunked|\r\n\r\n"),
		    0, "its Transfer-Encoding is not chunked, once" },
		{ BYTES(OK "Transfer-Encoding: |\vchunked\r\n\r\n"), 0,
		    "a line of its head has a control character" },
		{ BYTES(OK "Transfer-Encoding: chunked;q=1|\r\n\r\n"), 0,
		    "its Transfer-Encoding is not chunked, once" },
		{ BYTES(OK "Transfer-Encoding: xchunked|\r\n\r\n"), 0,
		    "its Transfer-Encoding is not chunked, once" },
		{ BYTES(OK "Transfer-Encoding: identity|\r\n\r\n"), 0,
		    "its Transfer-Encoding is not chunked, once" },
		{ BYTES(OK "Transfer-Encoding:|\r\n\r\n"), 0,
		    "its Transfer-Encoding is not chunked, once" },
		{ BYTES(
		      OK "Transfer-Encoding: chunked                          "
			 "                                     x|\r\n\r\n"),
		    0, "its Transfer-Encoding is not chunked, once" },
		/* chunks */
		{ BYTES(CHUNKED "|\r\n"), 200,
		    "the line before a chunk is not valid" },
		{ BYTES(CHUNKED "|g\r\n"), 200,
		    "the line before a chunk is not valid" },
		{ BYTES(CHUNKED "|-1\r\n"), 200,
		    "the line before a chunk is not valid" },
		{ BYTES(CHUNKED "0|x3\r\nabc\r\n"), 200,
		    "the line before a chunk is not valid" },
		{ BYTES(CHUNKED "| 3\r\nabc\r\n"), 200,
		    "the line before a chunk is not valid" },
		{ BYTES(CHUNKED "3 |\r\nabc\r\n"), 200,
		    "the line before a chunk is not valid" },
		{ BYTES(CHUNKED "3|\nabc\r\n"), 200,
		    "the line before a chunk is not valid" },
		{ BYTES(CHUNKED "3\r|abc\r\n"), 200,
		    "the line before a chunk has a CR without LF" },
		{ BYTES(CHUNKED "3;|\r\nabc\r\n"), 200,
		    "the line before a chunk is not valid" },
		{ BYTES(CHUNKED "3;a=|\r\nabc\r\n"), 200,
		    "the line before a chunk is not valid" },
		{ BYTES(CHUNKED "3;a |b\r\nabc\r\n"), 200,
		    "the line before a chunk is not valid" },
		{ BYTES(CHUNKED "3;a=\"x|\r\"\r\nabc\r\n"), 200,
		    "the line before a chunk is not valid" },
		{ BYTES(CHUNKED "3;a=\"x|\n\"\r\nabc\r\n"), 200,
		    "the line before a chunk is not valid" },
		{ BYTES(CHUNKED "3;a=\"x\"|y\r\nabc\r\n"), 200,
		    "the line before a chunk is not valid" },
		{ BYTES(CHUNKED "3;a=x|\0\r\nabc\r\n"), 200,
		    "the line before a chunk is not valid" },
		{ BYTES(CHUNKED "1000000000000000|0\r\nabc\r\n"), 200,
		    "a chunk is larger than any body" },
		{ BYTES(CHUNKED "3\r\nabc|d\r\n"), 200,
		    "a chunk is longer than it said" },
		{ BYTES(CHUNKED "3\r\nabc|\n0\n\r\n"), 200,
		    "a chunk is longer than it said" },
		{ BYTES(CHUNKED "3\r\nabc\r|0\r\n\r\n"), 200,
		    "a chunk is longer than it said" },
		{ BYTES(CHUNKED "0\r\nA|\r\n"), 200,
		    "a line of its head has no colon" },
		{ BYTES(CHUNKED "0\r\nA: b\r\n| c\r\n"), 200,
		    "a line of its head is folded" },
		{ BYTES(CHUNKED "0\r\n\r|a"), 200,
		    "a line of its head has a CR without LF" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *bar = memchr(cases[i].bytes, '|', cases[i].length);
		char bytes[256];
		size_t at, length = cases[i].length - 1;
		struct facts *f;

		cr_assert_not_null(bar, "%s", cases[i].bytes);
		at = (size_t)(bar - cases[i].bytes);
		memcpy(bytes, cases[i].bytes, at);
		memcpy(bytes + at, bar + 1, length - at);
		bytes[length] = '\0';
		f = parse(bytes, length, 0, 0);
		cr_expect_eq(f->p.state, HTTP_PARSER_BROKEN, "%s", bytes);
		cr_expect_str_eq(f->p.error, cases[i].error, "%s: %s", bytes,
		    f->p.error);
		cr_expect_eq(f->p.status, cases[i].status, "%s", bytes);
		cr_expect_eq(f->taken, at, "%s: %zu", bytes, f->taken);
		cr_expect_not(f->whole || f->p.keep_alive, "%s", bytes);
		expect_same_however_cut(bytes, length);
		free(f);
	}
}

Test(http_parser, an_answer_that_is_cut_short_is_not_whole)
{
	static const char *const cases[] = {
		OK "Content-Length: 3\r\n\r\nabc",
		"HTTP/1.1 100 X\r\n\r\n" OK "A: b\r\n" EMPTY,
		CHUNKED "3;a=\"b\"\r\nabc\r\n0\r\nA: b\r\n\r\n",
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		for (size_t n = 0; n < strlen(cases[i]); n++) {
			struct facts *f = parse(cases[i], n, 0, 0);

			cr_expect_not(f->whole, "%.*s", (int)n, cases[i]);
			cr_expect_lt(f->p.state, HTTP_PARSER_DONE);
			cr_expect_eq(f->p.status != 0,
			    f->p.state == HTTP_PARSER_BODY);
			cr_expect_eq(f->taken, n);
			free(f);
		}
}

Test(http_parser, when_to_come_again)
{
	static const struct {
		const char *fields;
		long long seconds;
	} cases[] = {
		{ "", -1 },
		{ "Retry-After: 0\r\n", 0 },
		{ "Retry-After:\t120 \r\n", 120 },
		{ "Retry-After: 00120\r\n", 120 },
		{ "Retry-After: 2147483648\r\n", HTTP_RETRY_AFTER_MAX },
		{ "Retry-After: 99999999999999999999\r\n",
		    HTTP_RETRY_AFTER_MAX },
		{ "Retry-After: 9999999999999999999999999999999999999999999999"
		  "99999999999999999999999999999999999999999999999999999\r\n",
		    HTTP_RETRY_AFTER_MAX },
		{ "Retry-After: Thu, 26 Nov 2026 23:59:55 GMT\r\n", 60 },
		{ "Retry-After: Thu, 26 Nov 2026 23:58:54 GMT\r\n", 0 },
		{ "Retry-After: Thu, 26 Nov 9999 23:58:54 GMT\r\n",
		    HTTP_RETRY_AFTER_MAX },
		{ "Retry-After: Thursday, 26-Nov-26 23:59:55 GMT \r\n", 60 },
		{ "Retry-After: Thu Nov 26 23:59:55 2026\r\n", 60 },
		{ "Retry-After:\r\n", -1 },
		{ "Retry-After: -1\r\n", -1 },
		{ "Retry-After: 1.5\r\n", -1 },
		{ "Retry-After: 1 2\r\n", -1 },
		{ "Retry-After: 1, 2\r\n", -1 },
		{ "Retry-After: soon\r\n", -1 },
		{ "Retry-After: Thu, 26 Nov 2026 23:59:55 GMT+1\r\n", -1 },
		{ "Retry-After: 1\r\nRetry-After: 1\r\n", -1 },
		{ "Retry-After: x\r\nRetry-After: 1\r\n", -1 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char bytes[256];
		int n = snprintf(bytes, sizeof bytes,
		    "HTTP/1.1 100 X\r\nRetry-After: 7\r\n\r\n"
		    "HTTP/1.1 503 X\r\n%s" EMPTY,
		    cases[i].fields);
		struct facts *f = parse(bytes, (size_t)n, 0, 0);

		cr_expect(f->whole);
		cr_expect_eq(f->p.retry_after_s, cases[i].seconds, "%s: %lld",
		    cases[i].fields, f->p.retry_after_s);
		expect_same_however_cut(bytes, (size_t)n);
		free(f);
	}
}

Test(http_parser, where_it_leads)
{
	static const struct {
		int status;
		const char *fields, *location;
	} cases[] = {
		{ 200, "Location: /a\r\n", "" },
		{ 301, "", "" },
		{ 302, "Location:\r\n", "" },
		{ 307, "location: \t/a b \t \r\n", "/a b" },
		{ 308, "LOCATION: /\xc3\xa9\xff\tx\r\n", "/??? x" },
		{ 399, "Location: /a\r\nLocation: /b\r\n", "/a" },
	};
	char bytes[2 * HTTP_LOCATION_MAX];
	struct facts *f;
	int n;

	for (size_t i = 0; i < COUNT(cases); i++) {
		n = snprintf(bytes, sizeof bytes, "HTTP/1.1 %d X\r\n%s" EMPTY,
		    cases[i].status, cases[i].fields);
		f = parse(bytes, (size_t)n, 0, 0);
		cr_expect(f->whole);
		cr_expect_str_eq(f->p.location, cases[i].location);
		expect_same_however_cut(bytes, (size_t)n);
		free(f);
	}
	n = snprintf(bytes, sizeof bytes,
	    "HTTP/1.1 301 X\r\nLocation: /%0*d\r\n" EMPTY, HTTP_LOCATION_MAX,
	    0);
	f = parse(bytes, (size_t)n, 0, 0);
	cr_expect_eq(strlen(f->p.location), HTTP_LOCATION_MAX);
	expect_same_however_cut(bytes, (size_t)n);
	free(f);
}

Test(http_parser, which_lines_its_head_has)
{
	static const struct {
		const char *head, *lines;
	} cases[] = {
		{ OK EMPTY, "Content-Length: 0\n" },
		{ OK "A: b\r\nC:\r\nd: \t e  f \r\n" EMPTY,
		    "A: b\nC:\nd: e  f\nContent-Length: 0\n" },
		{ OK "a: b: c: \r\n" EMPTY, "a: b: c:\nContent-Length: 0\n" },
		{ OK "Set-Cookie: a=b\r\nsEt-cOOkie: c\r\nSet-Cookie2: d\r\n"
		     "Set-Cookies: e\r\n" EMPTY,
		    "Set-Cookies: e\nContent-Length: 0\n" },
		{ OK
		    "A: 12345678901234567890123456789012345678901234567890123456789012\r\n"
		    "B: c\r\n" EMPTY,
		    "B: c\nContent-Length: 0\n" },
		{ OK "A: 123456789012345678901234567890123456789\r\n" EMPTY,
		    "A: 123456789012345678901234567890123456789\n"
		    "Content-Length: 0\n" },
		{ OK "A: 1234567890123456789012345678901234567890123\r\n" EMPTY,
		    "A: 1234567890123456789012345678901234567890123\n" },
		{ "HTTP/1.1 103 X\r\nEarly: y\r\n\r\n" OK EMPTY,
		    "Content-Length: 0\n" },
		{ CHUNKED "0\r\nTrailer: x\r\n\r\n",
		    "Transfer-Encoding: chunked\n" },
		{ OK "A: b\r\n", "" },
		{ OK "A: b\r\nC d\r\n" EMPTY, "" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t length = strlen(cases[i].head);
		struct facts *f = parse(cases[i].head, length, 0, 0);

		cr_expect_eq(http_parser_lines(&f->p), strlen(cases[i].lines),
		    "%zu: %.*s", i, (int)http_parser_lines(&f->p),
		    (char *)f->lines);
		cr_expect_eq(memcmp(f->lines, cases[i].lines,
				 http_parser_lines(&f->p)),
		    0, "%zu", i);
		expect_same_however_cut(cases[i].head, length);
		free(f);
	}
}

/* A beginning, then a piece again and again, as far as the parser takes it. */
static struct facts *
parse_without_end(const char *beginning, const char *piece)
{
	struct facts *f = calloc(1, sizeof *f);

	cr_assert_not_null(f);
	http_parser_init(&f->p, NOW);
	cr_assert(take(f, beginning, strlen(beginning)));
	while (take(f, piece, strlen(piece)))
		cr_assert_leq(f->taken, HTTP_HEAD_MAX + HTTP_BODY_MAX);
	return f;
}

Test(http_parser, a_head_has_a_bound_whatever_it_is_made_of)
{
	static const struct {
		const char *beginning, *piece;
		int status;
	} cases[] = {
		{ "HTTP/1.1 200 ", "x", 0 },
		{ OK, "A: b\r\n", 0 },
		{ OK, "a", 0 },
		{ OK "A:", " ", 0 },
		{ OK "Content-Length:", "0", 0 },
		{ OK "Connection: ", "a,", 0 },
		{ "", "HTTP/1.1 100 X\r\n\r\n", 0 },
		{ CHUNKED "0\r\n", "A: b\r\n", 200 },
		{ CHUNKED "0\r\nA", "A", 200 },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct facts *f =
		    parse_without_end(cases[i].beginning, cases[i].piece);
		size_t framing = cases[i].status == 200 ? 3 : 0;

		cr_expect_eq(f->p.state, HTTP_PARSER_BROKEN);
		cr_expect_str_eq(f->p.error, "its head is longer than 16 KiB");
		cr_expect_eq(f->p.status, cases[i].status);
		cr_expect_eq(f->taken, HTTP_HEAD_MAX + framing);
		free(f);
	}
}

Test(http_parser, a_body_has_a_bound_whatever_it_is_made_of)
{
	static const struct {
		const char *beginning, *piece;
		size_t head;
	} cases[] = {
#define CASE(head, begun, piece) { head begun, piece, sizeof head - 1 }
		CASE(OK "Content-Length: 16385\r\n\r\n", "", "a"),
		CASE(OK "Content-Length: 9999999999999999999\r\n\r\n", "",
		    "abc"),
		CASE(OK "\r\n", "", "abc"),
		CASE(CHUNKED, "", "1\r\na\r\n"),
		CASE(CHUNKED, "5000\r\n", "a"),
		CASE(CHUNKED, "fffffffffffffff\r\n", "a"),
		CASE(CHUNKED, "", "0"),
		CASE(CHUNKED, "1", " "),
		CASE(CHUNKED, "1;a", "a"),
		CASE(CHUNKED, "1;a=\"", "a"),
#undef CASE
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct facts *f =
		    parse_without_end(cases[i].beginning, cases[i].piece);

		cr_expect_eq(f->p.state, HTTP_PARSER_LONG);
		cr_expect_eq(f->p.status, 200);
		cr_expect_not(f->p.keep_alive);
		cr_expect_eq(f->taken, cases[i].head + HTTP_BODY_MAX);
		cr_expect_not(http_parser_end(&f->p));
		free(f);
	}
}

Test(http_parser, what_just_fits_is_read)
{
	static char bytes[HTTP_HEAD_MAX + HTTP_BODY_MAX];
	int head =
	    sprintf(bytes, OK "Content-Length: %d\r\nA: ", HTTP_BODY_MAX);
	struct facts *f;

	memset(bytes + head, 'a', sizeof bytes - (size_t)head);
	memcpy(bytes + HTTP_HEAD_MAX - 4, "\r\n\r\n", 4);
	f = parse(bytes, sizeof bytes, 0, 0);
	cr_expect(f->whole, "%s", f->p.error);
	cr_expect(f->p.keep_alive);
	cr_expect_eq(f->length, HTTP_BODY_MAX);
	cr_expect_eq(f->taken, sizeof bytes);
	free(f);
}

Test(http_parser, nobody_need_want_the_body)
{
	static const char *const cases[] = {
		OK "Content-Length: 3\r\n\r\nabc",
		OK "\r\nabc",
		CHUNKED "3\r\nabc\r\n0\r\n\r\n",
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		size_t length = strlen(cases[i]);
		struct http_parser p;

		http_parser_init(&p, NOW);
		cr_expect_eq(http_parser_take(&p, cases[i], length, NULL, NULL),
		    length);
		cr_expect(http_parser_end(&p), "%s", cases[i]);
	}
}

Test(http_parser, it_is_small)
{
	cr_expect_leq(sizeof(struct http_parser), 500);
}
