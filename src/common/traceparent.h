/*
 * traceparent.h - W3C Trace Context: which trace something is part of.
 *
 *	00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01
 *
 * Version, trace, the caller's span in it, flags; see the recommendation's
 * section 3.2. What is not to the letter is as if it were not there.
 */
#ifndef POSTERN_TRACEPARENT_H
#define POSTERN_TRACEPARENT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "common/text.h"

#define TRACEPARENT_LENGTH 55
#define TRACEPARENT_TRACE 32 /* lower-case hexadecimal digits, as the others */
#define TRACEPARENT_SPAN 16
#define TRACEPARENT_FLAGS 2

/* Zeroed: part of none. */
struct traceparent {
	char trace[TRACEPARENT_TRACE + 1];
	char span[TRACEPARENT_SPAN + 1];
	char flags[TRACEPARENT_FLAGS + 1];
};

/*
 * False: it is malformed, and *t is zeroed. A version to come may have more
 * behind its flags, which is ignored.
 */
MUST_CHECK bool traceparent_parse(struct text text, struct traceparent *t);

/* Begin a new span of the same trace. */
void traceparent_begin_span(struct traceparent *t);

/* As version 00, with a NUL. */
void traceparent_write(const struct traceparent *t,
    char text[TRACEPARENT_LENGTH + 1]);

#endif
