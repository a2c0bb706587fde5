/* url_fault.h - what is wrong with a URL, where that can be said. */
#ifndef POSTERN_URL_FAULT_H
#define POSTERN_URL_FAULT_H

#include <stddef.h>

#define URL_FAULT_MAX 400 /* bytes of a sentence, with the NUL */

/*
 * Of a URL that egress_url_check calls malformed: the first character that
 * none may have (RFC 3986), or the ASCII form of its host name. The sentence
 * can stand in a JSON string. "": it is something else.
 */
void url_fault_say(const char *url, size_t length, char text[URL_FAULT_MAX]);

#endif
