/*
 * text.h - string views, and strict parsing of them.
 *
 * A view is borrowed, never freed, and not NUL-terminated. No locale.
 */
#ifndef POSTERN_TEXT_H
#define POSTERN_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"

struct text {
	const char *start;
	size_t length;
};

/*
 * Take the part before the first of the marks, or all of it. A NUL in the
 * text is a mark too.
 */
struct text text_take_until(struct text *rest, const char *marks);

/* Take this byte, if it comes next. */
bool text_take_byte(struct text *rest, char c);

/* Does it start with the prefix, which is in lower case? */
bool text_starts_with(struct text text, const char *prefix);

/* A decimal number up to the limit, without sign or leading zero. */
MUST_CHECK bool text_number(struct text text, unsigned limit, unsigned *out);

/* Replace what is not printable ASCII, up to the NUL, by question marks. */
void text_make_printable(char *text);

/* Of ASCII alone. hex_value is -1 for what is no digit. */
char text_lower(char c);
bool text_is_digit(char c);
int text_hex_value(char c);

#endif
