/*
 * facts.c - what http_parser says of each answer that it is given.
 *
 * Standard input: answers, each after its length as four bytes, the highest
 * first; each comes with the end of its connection. Standard output: a line
 * for each, of
 *
 *     STATE STATUS WHOLE KEEP_ALIVE TAKEN DATA ERROR
 *
 * with the data as hexadecimal digits in angle brackets.
 */
#include "common/compiler.h"
#include "http/http_parser.h"

#include <stdio.h>
#include <stdlib.h>

#define ANSWER_MAX 65536

struct data {
	unsigned char bytes[HTTP_BODY_MAX];
	size_t length;
};

static void
keep_data(void *arg, const char *data, size_t length)
{
	struct data *d = arg;

	for (size_t i = 0; i < length; i++)
		d->bytes[d->length++] = (unsigned char)data[i];
}

static void
show(const char *bytes, size_t length)
{
	static struct data d;
	struct http_parser p;
	size_t taken;
	bool whole;

	d.length = 0;
	http_parser_init(&p, 0);
	taken = http_parser_take(&p, bytes, length, keep_data, &d);
	whole = http_parser_end(&p);
	printf("%d %d %d %d %zu <", (int)p.state, p.status, whole, p.keep_alive,
	    taken);
	for (size_t i = 0; i < d.length; i++)
		printf("%02x", d.bytes[i]);
	printf("> %s\n", p.error == NULL ? "" : p.error);
}

int
main(void)
{
	static char bytes[ANSWER_MAX];
	unsigned char n[4];

	while (fread(n, sizeof n, 1, stdin) == 1) {
		size_t length = (size_t)n[0] << 24 | (size_t)n[1] << 16 |
		    (size_t)n[2] << 8 | n[3];

		if (length > sizeof bytes ||
		    fread(bytes, 1, length, stdin) != length)
			return EXIT_FAILURE;
		show(bytes, length);
	}
	return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
