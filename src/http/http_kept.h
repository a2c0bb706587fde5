/*
 * http_kept.h - the fields of a head, kept for people to read.
 *
 * A part of http_parser, which calls it with each piece of a line. A line that
 * is left out, or does not fit, leaves nothing behind.
 */
#ifndef POSTERN_HTTP_KEPT_H
#define POSTERN_HTTP_KEPT_H

#include <stdbool.h>
#include <stddef.h>

#include "http/http_parser.h"

/* A head begins: nothing of an earlier one stays. */
void http_kept_begin(struct http_kept *k);

/* A piece of a name, or of a value with the blanks around it. */
void http_kept_add(struct http_kept *k, const char *bytes, size_t length);

/* The name is whole; is the line left out? */
void http_kept_end_name(struct http_kept *k, bool left_out);
void http_kept_end_value(struct http_kept *k);

#endif
