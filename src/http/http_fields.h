/*
 * http_fields.h - what the fields of a head say to the client that reads it.
 *
 * A part of http_parser: it works on the parser's own struct, and is given
 * values in pieces. What is wrong is returned as its error; NULL: nothing.
 */
#ifndef POSTERN_HTTP_FIELDS_H
#define POSTERN_HTTP_FIELDS_H

#include "common/compiler.h"
#include "http/http_parser.h"

/* A head begins. */
void http_fields_begin(struct http_parser *p);

/* A piece of a name, of tokens alone. */
void http_fields_name(struct http_parser *p, const char *bytes, size_t length);

/* The name is whole: of which field is what follows the value? */
void http_fields_end_name(struct http_parser *p);

/* A piece of a value, of text alone, with the blanks around it. */
void http_fields_value(struct http_parser *p, const char *bytes, size_t length);

MUST_CHECK const char *http_fields_end_value(struct http_parser *p);

/* The head is whole: does what it says of the body make sense? */
MUST_CHECK const char *http_fields_end(const struct http_parser *p);

#endif
