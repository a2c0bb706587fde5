/* json_check.h - strict JSON validator, before any tree is built. */
#ifndef POSTERN_JSON_CHECK_H
#define POSTERN_JSON_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "responder/json_scan.h"

/*
 * Is this one JSON document by the strict rules, or by these, with nothing but
 * blanks around it? NULL is fine when the length is 0.
 */
MUST_CHECK bool json_check(const char *text, size_t length);
MUST_CHECK bool json_check_by(const struct json_rules *rules, const char *text,
    size_t length);

/*
 * The text of the value of a member of the document's top-level object,
 * exactly as the sender wrote it, without the blanks around it. name is
 * plain UTF-8 and is compared with the member's name after its escapes are
 * undone. {NULL, 0} when there is no such member or no top-level object.
 * The text must have passed json_check.
 */
struct text json_member(const char *text, size_t length, const char *name);

#endif
