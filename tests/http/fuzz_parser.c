/*
 * fuzz_parser.c - libFuzzer: what holds for http_parser whatever it is given.
 *
 * An input is an answer, to its last byte. How it is cut is drawn from it.
 */
#include "common/compiler.h"
#include "http/http_parser.h"
#include "mutate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NOW 1795737535
#define DRAWN_CUTS 2
#define BYTE_BY_BYTE_MAX 512

/* What the parser said in the end, and the data of the body. */
struct facts {
	struct http_parser p;
	size_t taken;
	bool ends; /* by itself, not with the connection */
	bool whole;
	unsigned char data[HTTP_BODY_MAX];
	size_t length;
	unsigned char lines[100];
};

/* Not assert, which NDEBUG would leave out. */
#define HOLDS(truth)                                                       \
	do {                                                               \
		if (!(truth)) {                                            \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, \
			    #truth);                                       \
			abort();                                           \
		}                                                          \
	} while (0)

static void
keep_data(void *arg, const char *data, size_t length)
{
	struct facts *f = arg;

	HOLDS(length > 0);
	HOLDS(length <= sizeof f->data - f->length);
	memcpy(f->data + f->length, data, length);
	f->length += length;
}

static bool
goes_on(const struct facts *f)
{
	return f->p.state == HTTP_PARSER_HEAD || f->p.state == HTTP_PARSER_BODY;
}

/* A copy of exactly this size, so that a byte read too many is seen. */
static void
take(struct facts *f, const uint8_t *bytes, size_t length)
{
	char *copy = malloc(length);
	size_t n;

	HOLDS(copy != NULL);
	memcpy(copy, bytes, length);
	n = http_parser_take(&f->p, copy, length, keep_data, f);
	memset(copy, 'x', length);
	free(copy);
	HOLDS(n <= length);
	HOLDS(n == length || !goes_on(f));
	f->taken += n;
}

/* most: bytes in a piece; the pieces are drawn when there is a seed. */
static void
parse(struct facts *f, const uint8_t *bytes, size_t length, size_t most,
    uint64_t *seed)
{
	f->taken = f->length = 0;
	memset(f->data, 0, sizeof f->data);
	http_parser_init(&f->p, NOW);
	http_parser_collect(&f->p, f->lines, sizeof f->lines);
	for (size_t at = 0; at < length && goes_on(f);) {
		size_t n = seed == NULL ? most : 1 + mutate_below(most, seed);

		if (n > length - at)
			n = length - at;
		take(f, bytes + at, n);
		at += n;
	}
	HOLDS(!f->p.keep_alive || f->p.state == HTTP_PARSER_DONE);
	f->ends = f->p.state == HTTP_PARSER_DONE;
	f->whole = http_parser_end(&f->p);
}

static void
expect_same(const struct facts *a, const struct facts *b)
{
	HOLDS(a->p.state == b->p.state);
	HOLDS(a->p.status == b->p.status);
	HOLDS(a->p.minor == b->p.minor);
	HOLDS(a->p.keep_alive == b->p.keep_alive);
	HOLDS(a->p.error == b->p.error);
	HOLDS(a->p.retry_after_s == b->p.retry_after_s);
	HOLDS(strcmp(a->p.location, b->p.location) == 0);
	HOLDS(a->taken == b->taken);
	HOLDS(a->ends == b->ends);
	HOLDS(a->whole == b->whole);
	HOLDS(a->length == b->length);
	HOLDS(memcmp(a->data, b->data, a->length) == 0);
	HOLDS(http_parser_lines(&a->p) == http_parser_lines(&b->p));
	HOLDS(memcmp(a->lines, b->lines, http_parser_lines(&a->p)) == 0);
}

static bool
is_printable(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}

static void
expect_sense(const struct facts *f)
{
	const struct http_parser *p = &f->p;

	HOLDS((p->error != NULL) == (p->state == HTTP_PARSER_BROKEN));
	HOLDS(p->status == 0 || (p->status >= 200 && p->status <= 999));
	HOLDS(p->status != 0 || p->state == HTTP_PARSER_HEAD ||
	    p->state == HTTP_PARSER_BROKEN);
	HOLDS(p->status == 0 || p->state != HTTP_PARSER_HEAD);
	HOLDS(f->whole == (p->state == HTTP_PARSER_DONE));
	HOLDS(p->minor >= 0 && p->minor <= 9);
	HOLDS(
	    p->retry_after_s >= -1 && p->retry_after_s <= HTTP_RETRY_AFTER_MAX);
	HOLDS(memchr(p->location, '\0', sizeof p->location) != NULL);
	HOLDS(is_printable(p->location));
	HOLDS(p->location[0] == '\0' || p->status == 0 || p->status / 100 == 3);
	HOLDS(f->taken <= HTTP_HEAD_MAX + HTTP_BODY_MAX);
	HOLDS(f->length <= f->taken);
	HOLDS(f->length == 0 || p->status != 0);
}

/*
 * An answer that ends by itself is one to its last byte, whatever follows, and
 * not before.
 */
static void
expect_end(const struct facts *f, const uint8_t *bytes, struct facts *again)
{
	parse(again, bytes, f->taken, f->taken, NULL);
	expect_same(f, again);
	parse(again, bytes, f->taken - 1, f->taken, NULL);
	HOLDS(again->p.state < HTTP_PARSER_DONE);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static struct facts all, cut;
	uint64_t seed = length;

	if (length == 0)
		return 0;
	for (size_t i = 0; i < length; i++)
		seed = (seed ^ bytes[i]) * 0x100000001b3u;
	parse(&all, bytes, length, length, NULL);
	expect_sense(&all);
	for (int i = 0; i < DRAWN_CUTS; i++) {
		parse(&cut, bytes, length, i == 0 ? 16 : length, &seed);
		expect_same(&all, &cut);
	}
	if (length <= BYTE_BY_BYTE_MAX) {
		parse(&cut, bytes, length, 1, NULL);
		expect_same(&all, &cut);
	}
	if (all.ends)
		expect_end(&all, bytes, &cut);
	return 0;
}
