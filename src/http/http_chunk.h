/*
 * http_chunk.h - the line before a chunk: its size and its extensions.
 *
 * A part of http_parser: it works on the parser's own struct, and is given the
 * line in pieces.
 */
#ifndef POSTERN_HTTP_CHUNK_H
#define POSTERN_HTTP_CHUNK_H

#include "http/http_parser.h"

enum http_chunk_line {
	HTTP_CHUNK_GOES_ON,
	HTTP_CHUNK_WHOLE, /* its CR was taken; p->length is the size */
	HTTP_CHUNK_INVALID,
	HTTP_CHUNK_TOO_LARGE,
};

/* A line begins. */
void http_chunk_begin(struct http_parser *p);

/* Take the next byte of it, which is counted only when it is valid. */
enum http_chunk_line http_chunk_take(struct http_parser *p, char c);

#endif
