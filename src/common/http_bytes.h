/*
 * http_bytes.h - runs of the bytes that HTTP allows in names and in values.
 *
 * Each returns how many bytes at the start are of the kind.
 */
#ifndef POSTERN_HTTP_BYTES_H
#define POSTERN_HTTP_BYTES_H

#include <stdbool.h>
#include <stddef.h>

/* tchar (RFC 9110, 5.6.2): what names are made of. */
size_t http_bytes_token(const char *bytes, size_t length);

/*
 * HTAB, SP, VCHAR and obs-text (RFC 9110, 5.5): what values and reasons are
 * made of.
 */
size_t http_bytes_text(const char *bytes, size_t length);

bool http_bytes_is_token(char c);
bool http_bytes_is_text(char c);

/* SP and HTAB (OWS, RFC 9110, 5.6.3). */
bool http_bytes_is_blank(char c);

#endif
