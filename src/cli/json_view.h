/*
 * json_view.h - values inside a JSON text, as the sender wrote them.
 *
 * An event is forwarded and signed byte for byte, so nothing is parsed and
 * written again: a value is a view of its text. What is no JSON is not found
 * out everywhere, but never read beyond its end.
 */
#ifndef POSTERN_JSON_VIEW_H
#define POSTERN_JSON_VIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "common/text.h"

/* Is this one value, and nothing else? No more is looked at than its ends. */
MUST_CHECK bool json_view_whole(struct text json);

/*
 * The value of an object's member, without the blanks around it. {NULL, 0}:
 * it is no object, or has no such member. Names are compared as written.
 */
struct text json_view_member(struct text object, const char *name);

/*
 * Take the next element of an array. *rest begins as the array, and is what
 * follows from then on. False: there are no more, or it is no array.
 */
MUST_CHECK bool json_view_next(struct text *rest, struct text *element);

/*
 * The text of a string, as UTF-8 with a NUL, cut where the room ends; of
 * another value its own text, of null or {NULL, 0} none. A NUL in a string
 * becomes a blank. False: it was null or none, and *to is "".
 */
bool json_view_string(struct text value, char *to, size_t size);

/* A whole number that is not negative; otherwise the default. */
unsigned json_view_number(struct text value, unsigned otherwise);

/*
 * Copy a JSON text without the blanks between its tokens, and with this
 * behind each comma and colon. Returns the length; at most size are written.
 */
size_t json_view_compact(struct text json, const char *behind, char *to,
    size_t size);

#endif
