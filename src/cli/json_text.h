/* json_text.h - JSON in ASCII, of which a terminal may be given any. */
#ifndef POSTERN_JSON_TEXT_H
#define POSTERN_JSON_TEXT_H

#include <stdio.h>

/* Text as a JSON string; bytes that are no UTF-8 become U+FFFD. */
void json_text_string(FILE *to, const char *text);

/*
 * JSON as it is, but on one line, and what is not printable ASCII as \uNNNN:
 * in JSON such characters are in strings alone.
 */
void json_text_copy(FILE *to, const char *json);

#endif
