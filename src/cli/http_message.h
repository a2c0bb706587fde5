/*
 * http_message.h - reads an HTTP request that somebody has saved to a file.
 *
 * With its request line or without, lines that end in CR LF or LF, a body as
 * it came or in chunks: as a proxy, a log or a person has written it down. All
 * are views of the text, which is borrowed.
 */
#ifndef POSTERN_HTTP_MESSAGE_H
#define POSTERN_HTTP_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "common/text.h"

#define HTTP_MESSAGE_FIELDS_MAX 100

struct http_message_field {
	struct text name, value; /* the value without blanks around it */
};

struct http_message {
	struct http_message_field fields[HTTP_MESSAGE_FIELDS_MAX];
	size_t count;
	struct text body;
};

/*
 * Read it. In a text that begins with neither a request line nor a field, all
 * is body. Chunks are joined within the text, which is why it is not const.
 * NULL, or what is wrong with it.
 */
MUST_CHECK const char *http_message_read(char *text, size_t length,
    struct http_message *message);

/* Add a field that stands alone, "Name: value". False: it is not one. */
MUST_CHECK bool http_message_add(struct http_message *message,
    struct text line);

/* The first with this name, in any case; *count, if not NULL: how many. */
struct text http_message_value(const struct http_message *message,
    const char *name, size_t *count);

#endif
