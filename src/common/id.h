/* id.h - identifiers made by the caller: UUIDv7 and request ids. */
#ifndef POSTERN_ID_H
#define POSTERN_ID_H

#include <stdbool.h>
#include <stddef.h>

#define ID_BYTES 16
#define ID_UUID_LENGTH 36
#define ID_TEXT_MAX 64 /* characters of a request id, no NUL */

/* A new UUIDv7 (RFC 9562, 5.7), big endian: milliseconds, then random. */
void id_make(unsigned char id[ID_BYTES]);

/* 32 lower-case hexadecimal digits and a NUL, as nginx's $request_id. */
void id_text(const unsigned char id[ID_BYTES], char text[2 * ID_BYTES + 1]);

/* As PostgreSQL writes a uuid, with a NUL. */
void id_uuid(const unsigned char id[ID_BYTES], char text[ID_UUID_LENGTH + 1]);

/* Is it fit to be a request id: 1 to ID_TEXT_MAX of A-Z a-z 0-9 - _ @ ? */
bool id_valid(const char *text);

#endif
