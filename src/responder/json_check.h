/*
 * json_check.h - strict JSON validator, before any tree is built.
 *
 * The grammar is RFC 8259's, the bytes are UTF-8 as in RFC 3629, and on top
 * of both: no duplicate member in any object (names compared after their
 * escapes are undone), no U+0000 in any string, no unpaired surrogate, no
 * byte order mark, nesting of at most JSON_DEPTH_MAX, at most
 * JSON_MEMBERS_MAX members in an object. Pure; nothing is allocated; time is
 * linear in the length, at worst JSON_MEMBERS_MAX times it where names are
 * long.
 */
#ifndef POSTERN_JSON_CHECK_H
#define POSTERN_JSON_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "common/text.h"

#define JSON_DEPTH_MAX 16
#define JSON_MEMBERS_MAX 32

/*
 * Is this one strict JSON document, with nothing but blanks around it? NULL
 * is fine when the length is 0.
 */
MUST_CHECK bool json_check(const char *text, size_t length);

/*
 * The text of the value of a member of the document's top-level object,
 * exactly as the sender wrote it, without the blanks around it. name is
 * plain UTF-8 and is compared with the member's name after its escapes are
 * undone. {NULL, 0} when there is no such member or no top-level object.
 * The text must have passed json_check.
 */
struct text json_member(const char *text, size_t length, const char *name);

#endif
