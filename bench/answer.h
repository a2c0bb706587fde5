/* answer.h - where an HTTP/1.1 answer ends, and what its headers say. */
#ifndef BENCH_ANSWER_H
#define BENCH_ANSWER_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* What follows the given beginning of a header line, or NULL. */
static inline const char *
answer_header(const char *answer, const char *beginning)
{
	const char *at = answer, *end = strstr(answer, "\r\n\r\n");
	size_t length = strlen(beginning);

	while (end != NULL && (at = strstr(at, "\r\n")) != NULL && at < end) {
		at += 2;
		if (strncasecmp(at, beginning, length) == 0)
			return at + length;
	}
	return NULL;
}

/*
 * The length of the answer at the beginning of the text, or 0 as long as it
 * is not all there. Knows Content-Length, and chunks without trailers.
 */
static inline size_t
answer_length(const char *text, size_t length)
{
	const char *body = strstr(text, "\r\n\r\n"), *value, *last;
	size_t wanted;

	if (body == NULL)
		return 0;
	body += 4;
	value = answer_header(text, "Content-Length: ");
	if (value != NULL) {
		wanted = (size_t)(body - text) + strtoul(value, NULL, 10);
		return wanted <= length ? wanted : 0;
	}
	last = strstr(body - 2, "\r\n0\r\n\r\n");
	return last == NULL ? 0 : (size_t)(last - text) + 7;
}

#endif
