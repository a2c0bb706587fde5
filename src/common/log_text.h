/*
 * log_text.h - a line of names and values, as logfmt or JSON.
 *
 *	level=error text="two words"
 *	{"level":"error","text":"two words"}
 *
 * A value that is too long is cut, and a name that has no room is left out; the
 * line is well-formed all the same, and printable UTF-8.
 */
#ifndef POSTERN_LOG_TEXT_H
#define POSTERN_LOG_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/log.h"

struct log_text {
	bool json;
	size_t length;
	char bytes[LOG_LINE_MAX]; /* ends in NUL after log_text_end */
};

void log_text_begin(struct log_text *t, bool json);
void log_text_end(struct log_text *t);

/* The name is a plain word; the value any text. */
void log_text_add(struct log_text *t, const char *name, const char *value);
void log_text_add_number(struct log_text *t, const char *name,
    long long number);

#endif
