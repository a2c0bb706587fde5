/* headers_body.h - the member headers of a JSON body: checked, and taken. */
#ifndef POSTERN_HEADERS_BODY_H
#define POSTERN_HEADERS_BODY_H

#include "common/compiler.h"
#include "common/header_block.h"
#include "responder/json_body.h"
#include "responder/outcome.h"

/*
 * Fill an empty block with the member, if there is one that is not null, and
 * wipe its values in the tree. NONE: *names is a JSON array of the names, to be
 * freed with json_body_clear, or NULL if there are none. Else
 * INVALID_PARAMETER, and the fault names the header, or INTERNAL_ERROR.
 */
MUST_CHECK enum outcome headers_body_take(struct json_object *tree,
    struct header_block *block, struct json_object **names,
    struct fault *fault);

/* Put an empty object in place of the member's in the text of a body. */
void headers_body_blank(char *body, size_t length);

#endif
