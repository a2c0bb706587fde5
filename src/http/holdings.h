/*
 * holdings.h - what owners hold of something bounded, and which goes first.
 *
 * The longest unused of whoever holds most goes, as FQ-CoDel drops from the
 * longest queue (RFC 8290, section 4.1), so that nobody loses anything to an
 * owner that holds more. Owners who hold as many as each other lose the longest
 * unused first. Pure but for memory.
 */
#ifndef POSTERN_HTTP_HOLDINGS_H
#define POSTERN_HTTP_HOLDINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/compiler.h"
#include "http/owner.h"

struct holder;
struct holdings;

/* A thing, embedded in it, zeroed at first. */
struct holding {
	struct holder *holder; /* NULL: nobody holds it */
	struct holding *older, *newer;
};

/* NULL: memory is short. */
MUST_CHECK struct holdings *holdings_open(void);

/* All things have been removed. NULL is fine. */
void holdings_close(struct holdings *h);

/*
 * The owner uses the thing, and holds it from now on, whoever did before.
 * False: memory is short, and nobody holds it.
 */
MUST_CHECK bool holdings_use(struct holdings *h, struct holding *thing,
    const unsigned char owner[OWNER_BYTES]);

/* Fine when nobody holds it. */
void holdings_remove(struct holdings *h, struct holding *thing);

/*
 * What must go so that this owner may have one more: of whoever holds most, or
 * of himself if nobody holds more. Its newer ones are next. NULL: there is
 * nothing.
 */
struct holding *holdings_first(const struct holdings *h,
    const unsigned char owner[OWNER_BYTES]);

/* How many the owner holds. */
size_t holdings_count(const struct holdings *h,
    const unsigned char owner[OWNER_BYTES]);

/* How many he holds who holds this one. */
size_t holdings_beside(const struct holding *thing);

#endif
