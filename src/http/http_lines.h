/*
 * http_lines.h - the fields of a head, as lines for people to read.
 *
 * A part of http_parser, which calls it with each piece of a line. A line that
 * is left out, or does not fit, leaves nothing behind.
 */
#ifndef POSTERN_HTTP_LINES_H
#define POSTERN_HTTP_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "http/http_parser.h"

/* A head begins: nothing of an earlier one stays. */
void http_lines_begin(struct http_lines *l);

/* A piece of a name, or of a value with the blanks around it. */
void http_lines_add(struct http_lines *l, const char *bytes, size_t length);

/* The name is whole; is the line left out? */
void http_lines_end_name(struct http_lines *l, bool left_out);
void http_lines_end_value(struct http_lines *l);

#endif
