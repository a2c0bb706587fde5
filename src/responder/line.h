/*
 * line.h - a waiting line in which accounts take turns.
 *
 * Those of one account stand in the order in which they came. Who comes stands
 * behind the first of every account, and before the second of all others
 * (fair queueing: Nagle, RFC 970; Goyal, Vin and Cheng, 1996). Not safe for
 * threads.
 */
#ifndef POSTERN_LINE_H
#define POSTERN_LINE_H

#include <stdint.h>

#include "common/id.h"

/* A place in the line, embedded in what waits. */
struct place {
	struct place *next, *previous;
	unsigned char account[ID_BYTES];
	uint64_t turn;
};

/* Zeroed, it is empty. */
struct line {
	struct place *first, *last;
};

/* Stand in line for p->account. */
void line_join(struct line *l, struct place *p);

/* Leave the line: to be served, or to give up. */
void line_leave(struct line *l, struct place *p);

/* Back to the turn that it had, as it could not be served after all. */
void line_rejoin(struct line *l, struct place *p);

#endif
