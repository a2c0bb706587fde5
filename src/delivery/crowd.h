/*
 * crowd.h - something for each webhook that has deliveries in hand.
 *
 * A hash table from webhook ids. A member is made when first asked for, and
 * kept until it is dropped. One thread at a time.
 */
#ifndef POSTERN_CROWD_H
#define POSTERN_CROWD_H

#include <stdbool.h>
#include <stddef.h>

#include "common/id.h"

struct attempt;

struct crowd_member {
	struct crowd_member *next;
	unsigned char webhook[ID_BYTES];
	unsigned active;		/* in hand, as its user counts */
	unsigned flying;		/* of these, in flight */
	bool failing;			/* its last answer was a hard failure */
	long long moved_ms;		/* when one last began or ended */
	struct attempt *waiting, **waiting_end;
};

struct crowd;

/* NULL when memory is short. Pair with crowd_close; NULL is fine. */
struct crowd *crowd_open(void);
void crowd_close(struct crowd *c);

/* The webhook's member, zeroed when new. NULL when memory is short. */
struct crowd_member *crowd_join(struct crowd *c,
    const unsigned char webhook[ID_BYTES]);

/* Forget a member, which must be of this crowd. */
void crowd_drop(struct crowd *c, struct crowd_member *m);

/* Call for each member that has at least so many active. */
void crowd_each(struct crowd *c, unsigned active,
    void (*visit)(struct crowd_member *m, void *arg), void *arg);

#endif
