/*
 * header_block.h - header fields that a webhook asks for, checked, as one text.
 *
 * Names are tokens and values field values of RFC 9110 (5.1, 5.5), in visible
 * ASCII. None that the sender sets itself, or by which the request would be
 * read in another way, is let in. Pure.
 */
#ifndef POSTERN_HEADER_BLOCK_H
#define POSTERN_HEADER_BLOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "common/text.h"

#define HEADER_BLOCK_COUNT_MAX 16 /* fields */
#define HEADER_BLOCK_NAME_MAX 64
#define HEADER_BLOCK_VALUE_MAX 1024
#define HEADER_BLOCK_MAX 8192 /* bytes in all, as they are sent */

/* Zeroed, it is empty. */
struct header_block {
	size_t count, length;
	char text[HEADER_BLOCK_MAX]; /* of each: "Name: value" CRLF */
};

/* Add a field. NULL, or what is wrong with it: a sentence. */
MUST_CHECK const char *header_block_add(struct header_block *b,
    struct text name, struct text value);

/* Is this a text that header_block_add made? */
MUST_CHECK bool header_block_is_valid(struct text text);

#endif
